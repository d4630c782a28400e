// SwiGLU's gate in float64: silu(gate) * up, pointwise, of rows that hold the gates and then the ups. The three matrices around it are `linear`'s
// business.

import { activation, activationBackward } from './activation';

/** Gates and ups of x [N, 2 columns], each [N, columns]. */
function halves(x: Float64Array, columns: number): { gate: Float64Array; up: Float64Array } {
  const half = (part: 0 | 1) =>
    Float64Array.from({ length: x.length / 2 }, (_, i) => x[i + (Math.floor(i / columns) + part) * columns]);
  return { gate: half(0), up: half(1) };
}

/** out [N, columns] = silu(gate) * up. Source: Shazeer 2020, "GLU variants improve transformer", eq. 6. */
export function swiglu(x: Float64Array, columns: number): Float64Array {
  const { gate, up } = halves(x, columns);
  return activation('silu', gate).map((g, i) => g * up[i]);
}

/** dX, packed as x is. */
export function swigluBackward(x: Float64Array, columns: number, dOut: Float64Array): Float64Array {
  const { gate, up } = halves(x, columns);
  const dActivated = dOut.map((d, i) => d * up[i]);
  const dGate = activationBackward('silu', gate, dActivated);
  const silu = activation('silu', gate);
  const dX = new Float64Array(x.length);
  dOut.forEach((d, i) => {
    const at = i + Math.floor(i / columns) * columns;
    dX[at] = dGate[i];
    dX[at + columns] = d * silu[i];
  });
  return dX;
}
