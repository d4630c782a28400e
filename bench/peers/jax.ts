// jax-js on WebGPU, and on WebAssembly for orientation: one jitted function of parameters, moments and tokens that
// holds valueAndGrad and a hand-written AdamW (no published optax). Embedding by one-hot matmul: np.take fails in jit.

import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { type BenchShape, benchTraining } from '../../src/core/benchBatch';
import { initialParameters } from '../shared/model';
import type { MatmulRun, Peer, TrainRun } from '../shared/peer';

declare const JAX_VERSION: string;

type Tensors = Record<string, np.Array>;

function get(tensors: Tensors, name: string): np.Array {
  const found = tensors[name];
  if (!found) throw new Error(`no tensor ${name}`);
  return found;
}

// Ownership: a jax-js function consumes its arguments, `.ref` keeps one for another use.
function lossOf(s: BenchShape, parameters: Tensors, inputs: np.Array, targets: np.Array): np.Array {
  const { vocabulary: V, block: T, width: C, heads: H, batch: B } = s;
  const at = (name: string): np.Array => get(parameters, `transformer.${name}`).ref;
  const layerNorm = (x: np.Array, name: string): np.Array =>
    nn.standardize(x, -1).mul(at(`${name}.weight`)).add(at(`${name}.bias`));
  const linear = (x: np.Array, name: string): np.Array => np.matmul(x, at(`${name}.weight`)).add(at(`${name}.bias`));

  let x = np.matmul(nn.oneHot(inputs, V), at('wte.weight')).add(at('wpe.weight'));
  for (let layer = 0; layer < s.layers; layer++) {
    const h = `h.${layer}`;
    const qkv = linear(layerNorm(x.ref, `${h}.ln_1`), `${h}.attn.c_attn`);
    const [q, k, v] = np.split(qkv, 3, -1).map((t) => t.reshape([B, T, H, C / H])) as [np.Array, np.Array, np.Array];
    const mixed = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([B, T, C]);
    x = x.add(linear(mixed, `${h}.attn.c_proj`));
    const hidden = nn.gelu(linear(layerNorm(x.ref, `${h}.ln_2`), `${h}.mlp.c_fc`), { approximate: true });
    x = x.add(linear(hidden, `${h}.mlp.c_proj`));
  }
  const logits = np.matmul(layerNorm(x, 'ln_f'), at('wte.weight').transpose());
  const loss = nn.logSoftmax(logits, -1).mul(nn.oneHot(targets, V)).sum().mul(-1 / (B * T));
  for (const tensor of Object.values(parameters)) tensor.dispose();
  return loss;
}

function train(s: BenchShape): TrainRun {
  const start = initialParameters(s);
  const fill = (of: (values: Float32Array) => Float32Array): Tensors =>
    Object.fromEntries(start.map((p) => [p.name, np.array(of(p.values) as Float32Array<ArrayBuffer>, { shape: [...p.shape] })]));
  let parameters = fill((values) => values);
  let first = fill((values) => new Float32Array(values.length));
  let second = fill((values) => new Float32Array(values.length));
  const { learningRate, beta1, beta2, epsilon, weightDecay } = benchTraining;

  const update = jit((p: Tensors, m: Tensors, v: Tensors, correction1: np.Array, correction2: np.Array, x: np.Array, y: np.Array) => {
    const names = Object.keys(p);
    const held = Object.fromEntries(names.map((name) => [name, get(p, name).ref]));
    const [loss, gradients] = valueAndGrad((q: Tensors) => lossOf(s, q, x, y))(held) as [np.Array, Tensors];
    const nextP: Tensors = {};
    const nextM: Tensors = {};
    const nextV: Tensors = {};
    for (const name of names) {
      const g = get(gradients, name);
      const old = get(p, name);
      const mNew = get(m, name).mul(beta1).add(g.ref.mul(1 - beta1));
      const vNew = get(v, name).mul(beta2).add(np.square(g).mul(1 - beta2));
      const decay = old.ndim >= 2 ? 1 - learningRate * weightDecay : 1;
      const direction = mNew.ref.div(correction1.ref).div(np.sqrt(vNew.ref.div(correction2.ref)).add(epsilon));
      nextP[name] = old.mul(decay).sub(direction.mul(learningRate));
      nextM[name] = mNew;
      nextV[name] = vNew;
    }
    correction1.dispose();
    correction2.dispose();
    return { p: nextP, m: nextM, v: nextV, loss };
  });

  const sumOfSquares = jit((p: Tensors) =>
    Object.values(p).map((t) => np.square(t).sum()).reduce((a, b) => a.add(b)),
  );

  let t = 0;
  return {
    async step(inputs, targets) {
      t++;
      const tokens = (values: Int32Array): np.Array =>
        np.array(values as Int32Array<ArrayBuffer>, { shape: [s.batch, s.block], dtype: np.int32 });
      const next = update(
        parameters, first, second, np.array(1 - beta1 ** t), np.array(1 - beta2 ** t), tokens(inputs), tokens(targets),
      ) as { p: Tensors; m: Tensors; v: Tensors; loss: np.Array };
      parameters = next.p;
      first = next.m;
      second = next.v;
      // Reading the loss alone may leave the update pending: wait for the new parameters too.
      await blockUntilReady(parameters);
      return (await next.loss.data())[0] ?? Number.NaN;
    },
    async checksum() {
      const held = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tensor.ref]));
      return (await sumOfSquares(held).data())[0] ?? Number.NaN;
    },
    dispose() {
      for (const tree of [parameters, first, second]) for (const tensor of Object.values(tree)) tensor.dispose();
      update.dispose();
      sumOfSquares.dispose();
    },
  };
}

function matmul(n: number, aValues: Float32Array, bValues: Float32Array): MatmulRun {
  const a = np.array(aValues as Float32Array<ArrayBuffer>, { shape: [n, n] });
  const b = np.array(bValues as Float32Array<ArrayBuffer>, { shape: [n, n] });
  const product = async (times: number): Promise<np.Array> => {
    let x = a.ref;
    for (let i = 0; i < times; i++) x = np.matmul(x, b.ref);
    return blockUntilReady(x);
  };
  return {
    async chain(times) {
      const x = await product(times);
      return (await x.slice([n - 1, n]).data()) as Float32Array;
    },
    async whole(times) {
      return (await (await product(times)).data()) as Float32Array;
    },
    dispose() {
      a.dispose();
      b.dispose();
    },
  };
}

export async function open(device: 'webgpu' | 'wasm'): Promise<Peer> {
  const available = await init(device);
  if (!available.includes(device)) throw new Error(`jax-js found no ${device}`);
  defaultDevice(device);
  const threads = device === 'wasm' ? (globalThis.crossOriginIsolated ? ', threads' : ', one thread') : '';
  return {
    title: `jax-js ${JAX_VERSION} ${device}${threads}`,
    matmul: async (n, a, b) => matmul(n, a, b),
    train: async (shape) => train(shape),
  };
}
