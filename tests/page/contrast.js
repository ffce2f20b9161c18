// Texts of the page whose contrast with what is behind them is below WCAG AA.
(() => {
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? ["0", "0", "0", "0"]).map(Number);
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * (top[3] ?? 1) + below[i] * (1 - (top[3] ?? 1)));
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const all = [];
    for (let at = element; at; at = at.parentElement) all.push(channels(getComputedStyle(at).backgroundColor));
    return all.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const found = [];
  let seen = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("script, style") || !element.checkVisibility?.()) continue;
    const style = getComputedStyle(element);
    const ground = behind(element);
    const ink = over(channels(element.closest("svg") ? style.fill : style.color), ground);
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    seen += 1;
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${style.color} "${node.textContent.trim().slice(0, 40)}"`);
  }
  return { seen, found };
})()
