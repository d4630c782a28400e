// What a picture is drawn with where it must be fast on a canvas and exact as SVG: one drawing, two papers. Types only.

/** `hatched` is how predictions are filled everywhere: lines of the colour on nothing. */
export interface Ink {
  readonly color: string;
  readonly hatched?: boolean;
  /** How a rank is told from another of its hue: the colour in stripes or dots on a paler one. */
  readonly texture?: Texture;
}

export interface Texture {
  readonly pattern: 'diagonal' | 'dots' | 'bars';
  readonly pale: string;
}

export interface Stroke {
  readonly color: string;
  readonly width?: number;
  readonly dash?: readonly number[];
}

export interface Lettering {
  readonly color: string;
  readonly size: number;
  readonly bold?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** Lengths in CSS pixels, y down; letters stand on the line y. */
export interface Paper {
  fill(x: number, y: number, width: number, height: number, ink: Ink): void;
  frame(x: number, y: number, width: number, height: number, stroke: Stroke): void;
  line(points: readonly (readonly [x: number, y: number])[], stroke: Stroke): void;
  text(x: number, y: number, text: string, lettering: Lettering): void;
  /** Draws what `draw` draws, inside the rectangle alone. */
  within(x: number, y: number, width: number, height: number, draw: () => void): void;
}
