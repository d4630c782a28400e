// Pictures as files: SVG as it stands, PNG drawn from it at twice its size, so that both show the same.

import { saveBlob, saveText } from '../downloads';
import { standaloneSvg } from './standaloneSvg';

/** What is drawn: an element of the page, or a whole file's text already. */
export type VectorPicture = SVGSVGElement | string;

const PNG_SCALE = 2;

function svgText(picture: VectorPicture, title: string): string {
  return typeof picture === 'string' ? picture : standaloneSvg(picture, title);
}

export function saveSvg(picture: VectorPicture, name: string): void {
  saveText(svgText(picture, name), `shardlab-${name}.svg`, 'image/svg+xml');
}

/** @throws where the browser cannot draw it */
export async function savePng(picture: VectorPicture, name: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([svgText(picture, name)], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * PNG_SCALE;
    canvas.height = image.naturalHeight * PNG_SCALE;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    saveCanvas(canvas, name);
  } finally {
    URL.revokeObjectURL(url);
  }
}

export function saveCanvas(canvas: HTMLCanvasElement, name: string): void {
  canvas.toBlob((blob) => {
    if (blob !== null) saveBlob(blob, `shardlab-${name}.png`);
  });
}
