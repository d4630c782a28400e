// IEEE half precision, nearest, ties to even: half the bytes, 11 bits of every value. Pure.
// Below 2^-14 the spacing stays 2^-24; beyond 65,504 a value becomes infinite, and the run sees it.

import { fromHalves, toHalves } from '../../core/halfFloats';
import { type Codec, refusePayload } from './codec';

export const f16: Codec = {
  encode: (values) => [toHalves(values)],
  accumulate: ([bits, ...rest], out, sign) => {
    if (!(bits instanceof Uint16Array) || bits.length !== out.length || rest.length > 0)
      throw refusePayload([bits, ...rest].filter(Boolean), `${out.length} halves`);
    const values = new Float32Array(bits.length);
    fromHalves(values, bits);
    for (let i = 0; i < out.length; i++) out[i] += sign * values[i];
  },
};
