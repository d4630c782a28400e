// Writes a family's parameter list: where in the model, then one line a parameter. Pure.

import { type Placement, REPLICATE } from '../../parallel/placement';
import type { ParameterInit, ParameterShape, ReadBy } from './modelShapes';

interface ParameterOptions {
  /** REPLICATE where it is left out. */
  readonly placement?: Placement;
  readonly joined?: boolean;
}

export class ParameterList {
  readonly parameters: ParameterShape[] = [];
  private readBy: ReadBy = [];
  private prefix = '';

  /** What is added next is read there and has names that begin with `prefix`. */
  at(readBy: ReadBy, prefix: string): this {
    this.readBy = readBy;
    this.prefix = prefix;
    return this;
  }

  add(
    row: string,
    shape: readonly number[],
    init: ParameterInit,
    { placement = REPLICATE, joined = false }: ParameterOptions = {},
  ): this {
    const { readBy, prefix } = this;
    this.parameters.push({
      name: prefix + row,
      row,
      shape,
      decay: shape.length >= 2,
      init,
      placement,
      readBy,
      joined,
    });
    return this;
  }

  /** A norm's weight [C] of ones, and its bias of zeros. */
  norm(row: string, width: number): this {
    return this.add(`${row}.weight`, [width], 'ones').add(`${row}.bias`, [width], 'zeros');
  }
}
