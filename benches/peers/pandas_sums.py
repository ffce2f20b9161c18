"""pandas: the bare sums by day and application; nothing is checked or priced."""
import glob
import sys

import pandas as pd

columns = ["日期", "sdkAppId", "标准用量"]
frame = pd.concat(pd.read_csv(path, usecols=columns) for path in sorted(glob.glob(sys.argv[1])))
sums = frame.groupby(["日期", "sdkAppId"])["标准用量"].sum()
print(len(sums), sums.sum())
