// Any colour that the browser knows (oklch, light-dark already settled) as sRGB, which every other program reads.

const known = new Map<string, string>();
let context: OffscreenCanvasRenderingContext2D | null = null;

export function concreteColor(color: string): string {
  const already = known.get(color);
  if (already !== undefined) return already;
  context ??= new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (context === null) return color;
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 255] = context.getImageData(0, 0, 1, 1).data;
  const hex = [red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('');
  const concrete = alpha === 255 ? `#${hex}` : `rgba(${red}, ${green}, ${blue}, ${Number((alpha / 255).toFixed(3))})`;
  known.set(color, concrete);
  return concrete;
}
