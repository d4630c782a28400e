// A theme's colour as a canvas needs it: the browser works out custom properties and light-dark() on a real element.

export function themeColor(near: HTMLElement, property: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${property})`;
  near.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
