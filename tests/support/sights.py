"""Scripts that look at a page as people do; each gives a list of what is wrong, empty if nothing is."""

CUT_OFF = """() => [...document.querySelectorAll(
    "main :is(h2, dt, dd, li span, li b, strong, time), .tile span, .top *")]
  .filter((e) => e.childElementCount === 0 && e.textContent.trim() && !e.closest(".unseen"))
  .filter((e) => {
    const box = e.getBoundingClientRect();
    const isOut = box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1;
    const isCut = e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline" &&
      getComputedStyle(e).textOverflow !== "ellipsis";
    return isOut || isCut;
  })
  .map((e) => e.outerHTML)"""

TOO_FAINT = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
    .filter((e) => e.checkVisibility() && !e.closest("script, .unseen"))
    .map((e) => {
      const style = getComputedStyle(e);
      const [a, b] = [light(parse(style.color)), light(ground(e))].sort((x, y) => y - x);
      const size = parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
      return { text: e.textContent, ratio: (a + 0.05) / (b + 0.05), enough: isLarge ? 3 : 4.5 };
    })
    .filter(({ ratio, enough }) => ratio < enough);
}"""
