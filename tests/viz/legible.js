// The texts of a page that are too small, past their box or over one another: `smallest` has the least height of letters.
const [smallest] = arguments;
const faults = [];
const visible = (x) => x.checkVisibility({visibilityProperty: true, opacityProperty: true});
function clip(rect, element) {
  let {left, top, right, bottom} = rect;
  for (let x = element; x && x !== document.documentElement; x = x.parentElement) {
    const style = getComputedStyle(x);
    if (style.overflowX === "visible" || x === document.body || x instanceof SVGElement && !(x instanceof SVGSVGElement)) continue;
    const outer = x.getBoundingClientRect();
    [left, top, right, bottom] = [Math.max(left, outer.left), Math.max(top, outer.top), Math.min(right, outer.right), Math.min(bottom, outer.bottom)];
  }
  return {left, top, right, bottom};
}
function look(when) {
  const texts = [];
  for (const text of document.querySelectorAll("svg text")) {
    if (!text.textContent.trim() || !visible(text)) continue;
    const drawing = text.ownerSVGElement;
    const scale = text.getScreenCTM().a;
    const size = scale * parseFloat(getComputedStyle(text).fontSize);
    const rect = text.getBoundingClientRect();
    if (size < smallest.svg - 0.05) faults.push(`${when}: ${text.textContent} has ${size.toFixed(1)} pixels`);
    const box = text.closest("g.node");
    const border = box?.querySelector("polygon, path, ellipse");
    if (border && border.getBBox().width) {
      const outer = border.getBoundingClientRect();
      const past = Math.max(outer.left - rect.left, rect.right - outer.right, outer.top - rect.top - 2, rect.bottom - outer.bottom - 2);
      if (past > 1) faults.push(`${when}: ${text.textContent} is ${past.toFixed(1)} pixels past its box`);
    }
    const whole = drawing.getBoundingClientRect();
    const past = Math.max(whole.left - rect.left, rect.right - whole.right, whole.top - rect.top - 2, rect.bottom - whole.bottom - 2);
    if (past > 1 && !document.querySelector("#canvas")) faults.push(`${when}: ${text.textContent} leaves the picture by ${past.toFixed(1)}`);
    texts.push([text.textContent, rect, text, 0.15 * rect.height]);
  }
  const walker = document.createTreeWalker(document.body ?? document.createElement("p"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("svg, script, style, option, .visually-hidden") || !visible(element)) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < smallest.html - 0.05) faults.push(`${when}: ${node.textContent} has ${size.toFixed(1)} pixels`);
    const range = document.createRange();
    range.selectNodeContents(node);
    let block = element;
    while (getComputedStyle(block).display === "inline") block = block.parentElement;
    const outer = block.getBoundingClientRect();
    for (const rect of range.getClientRects()) {
      const past = Math.max(outer.left - rect.left, rect.right - outer.right);
      if (past > 1 && getComputedStyle(block).overflowX === "visible") faults.push(`${when}: ${node.textContent.trim()} is ${past.toFixed(1)} pixels past its box`);
      texts.push([node.textContent.trim(), rect, element, 0.15 * rect.height]);
    }
  }
  const seen = texts.map(([text, rect, element, slack]) => [text, clip(rect, element), slack]);
  for (const [i, [text, a, slack]] of seen.entries()) {
    for (const [other, b] of seen.slice(i + 1)) {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) - slack;
      if (across > 1 && down > 1) faults.push(`${when}: ${text} and ${other} overlap`);
    }
  }
}
look("first");
const step = document.getElementById("step");
for (let k = 1; step && !step.disabled; k++) {
  step.click();
  look(`picture ${k}`);
}
return [...new Set(faults)];
