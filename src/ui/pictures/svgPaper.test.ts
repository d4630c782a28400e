// SVG files: well-formed XML with a size, whatever words and numbers go into them.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readXml } from '../../testing/xml';
import { SvgPaper } from './svgPaper';

const page = { width: 320, height: 80.456, title: 'a < b & "c"', background: '#fff', family: '"B612", sans-serif' };

test('the file has its size, title, font and definitions', () => {
  const paper = new SvgPaper(page);
  paper.within(0, 10, 300, 60, () => {
    paper.fill(1, 2, 3, 4, { color: 'rgb(1 2 3)', hatched: true });
    paper.fill(5, 2, 3, 4, { color: 'rgb(1 2 3)', hatched: true });
  });
  paper.frame(0, 0, 1, 1, { color: '#000', dash: [2, 1] });
  paper.line([[0, 0], [1.23456, 2]], { color: '#000', width: 2 }); // biome-ignore format: two points
  const elements = readXml(paper.file());
  const svg = elements[0]?.attributes;
  expect(svg?.get('viewBox')).toBe('0 0 320 80.46');
  expect(svg?.get('width')).toBe('320');
  expect(svg?.get('xmlns')).toBe('http://www.w3.org/2000/svg');
  expect(svg?.get('font-family')).toContain('B612');
  expect(elements.filter(({ name }) => name === 'pattern')).toHaveLength(1);
  expect(elements.find(({ name }) => name === 'polyline')?.attributes.get('points')).toBe('0,0 1.23,2');
});

test('any words leave it well formed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (words) => {
      const paper = new SvgPaper({ ...page, title: words });
      paper.text(0, 0, words, { color: words, size: 11, anchor: 'end' });
      expect(readXml(paper.file()).map(({ name }) => name)).toEqual(['svg', 'title', 'rect', 'text']);
    }),
  );
});
