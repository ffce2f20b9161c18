"""pandas: the bare sums by day and application; nothing is checked or priced."""
import sys

import pandas as pd

frame = pd.read_csv(sys.argv[1], usecols=["日期", "sdkAppId", "标准用量"])
sums = frame.groupby(["日期", "sdkAppId"])["标准用量"].sum()
print(len(sums), sums.sum())
