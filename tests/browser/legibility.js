// What on the page is hard to read or to hit, measured against WCAG 2.2 AA: a list of sentences.
(() => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const groundOf = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = channels(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const isSeen = (element) => element.checkVisibility() && !element.closest('.unseen, .skip');
  const found = [];

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || !isSeen(element) || element.closest('noscript, option')) continue;
    texts += 1;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ink = channels(element.closest('svg') ? style.fill : style.color);
    const ratio = contrast(ink, groundOf(element));
    if (ratio < (large ? 3 : 4.5)) found.push(`"${text.slice(0, 40)}" has a contrast of ${ratio.toFixed(2)}`);
  }
  if (texts < 10) found.push(`only ${texts} texts are seen`);

  for (const element of document.querySelectorAll('a, button, select, input, summary, [tabindex="0"]')) {
    if (!isSeen(element)) continue;
    const box = element.getBoundingClientRect();
    if (box.height < 24 || box.width < 24) found.push(`${element.textContent.slice(0, 30)} is ${box.width}×${box.height}`);
    if (!(element.textContent.trim() || element.getAttribute('aria-label') || element.labels?.length)) found.push(`${element.tagName} has no name`);
  }
  for (const element of document.querySelectorAll('[aria-labelledby], [aria-describedby]')) {
    if (!isSeen(element)) continue;
    const ids = `${element.getAttribute('aria-labelledby') ?? ''} ${element.getAttribute('aria-describedby') ?? ''}`.trim().split(/\s+/);
    for (const id of ids) if (!document.getElementById(id)) found.push(`nothing has the id ${id}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((each) => each === id).length > 1) found.push(`the id ${id} is there twice`);
  return found;
})()
