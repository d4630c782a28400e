// An SVG of the page as a file that stands alone: what the page's style sheets say is written into each element, colours in sRGB.
// Elements of HTML inside an SVG (foreignObject) are left out: other programs do not draw them.

import { concreteColor } from './concreteColor';

/** Names that are both a property of CSS and an attribute of SVG. */
const colors = ['fill', 'stroke', 'stop-color'];
const others = [
  ...['opacity', 'fill-opacity', 'stroke-opacity', 'stop-opacity', 'fill-rule', 'visibility', 'mix-blend-mode'],
  ...['stroke-width', 'stroke-dasharray', 'stroke-dashoffset', 'stroke-linecap', 'stroke-linejoin', 'paint-order'],
  ...['font-family', 'font-size', 'font-weight', 'font-style', 'letter-spacing', 'text-anchor', 'dominant-baseline'],
];
const lengths = new Set(['stroke-width', 'stroke-dashoffset', 'font-size']);
const xmlns = 'http://www.w3.org/2000/svg';

export function standaloneSvg(svg: SVGSVGElement, title: string): string {
  const copy = svg.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) throw new TypeError('the clone of an SVG is one');
  const { width, height } = svg.getBoundingClientRect();
  inlineStyles(svg, copy);
  adoptReferences(copy);
  for (const foreign of copy.querySelectorAll('foreignObject')) foreign.remove();
  copy.setAttribute('xmlns', xmlns);
  copy.setAttribute('width', String(Math.round(width)));
  copy.setAttribute('height', String(Math.round(height)));
  if (!copy.hasAttribute('viewBox')) copy.setAttribute('viewBox', `0 0 ${Math.round(width)} ${Math.round(height)}`);
  const { x, y, width: across, height: down } = copy.viewBox.baseVal;
  const paper = document.createElementNS(xmlns, 'rect');
  for (const [name, value] of Object.entries({ x, y, width: across, height: down }))
    paper.setAttribute(name, String(value));
  paper.setAttribute('fill', backgroundOf(svg));
  const name = document.createElementNS(xmlns, 'title');
  name.textContent = title;
  copy.prepend(name, paper);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
}

function inlineStyles(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  const parent = from.parentElement === null ? null : getComputedStyle(from.parentElement);
  if (style.display === 'none') {
    to.remove();
    return;
  }
  const root = from instanceof SVGSVGElement;
  for (const name of [...colors, ...others]) {
    const value = style.getPropertyValue(name);
    // What is inherited need not be said again; opacity and the like are not inherited, and their usual value is none.
    const said = !root && parent?.getPropertyValue(name) === value;
    if (value === '' || value === 'normal' || (said && name !== 'opacity')) to.removeAttribute(name);
    else if (colors.includes(name))
      to.setAttribute(name, /^(none|url|context)/.test(value) ? value.replaceAll('"', '') : concreteColor(value));
    else to.setAttribute(name, lengths.has(name) ? value.replace(/px$/, '') : value);
  }
  // Children before attributes: a child that is not shown leaves the copy.
  const pairs = [...from.children].map((child, index) => [child, to.children[index]] as const);
  for (const [child, twin] of pairs) if (twin !== undefined) inlineStyles(child, twin);
  for (const { name } of [...to.attributes])
    if (/^(class|style|tabindex|role|aria-.*|data-.*|on.*)$/.test(name)) to.removeAttribute(name);
}

/** Patterns, gradients and clips that lie elsewhere in the page come along. */
function adoptReferences(copy: SVGSVGElement): void {
  const text = new XMLSerializer().serializeToString(copy);
  const ids = new Set([...text.matchAll(/url\(#([^)]+)\)/g)].map(([, id = '']) => id));
  for (const id of ids) {
    if (copy.querySelector(`[id="${CSS.escape(id)}"]`) !== null) continue;
    const found = document.getElementById(id);
    if (found === null) continue;
    const twin = found.cloneNode(true);
    if (!(twin instanceof Element)) continue;
    inlineStyles(found, twin);
    const definitions = document.createElementNS(xmlns, 'defs');
    definitions.append(twin);
    copy.prepend(definitions);
  }
}

/** Of the nearest that has one: the paper that the picture lies on. */
export function backgroundOf(element: Element): string {
  for (let at: Element | null = element; at !== null; at = at.parentElement) {
    const { backgroundColor } = getComputedStyle(at);
    if (!/^(transparent|rgba\(0, 0, 0, 0\))$/.test(backgroundColor)) return concreteColor(backgroundColor);
  }
  return '#ffffff';
}
