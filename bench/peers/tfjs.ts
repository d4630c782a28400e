// TensorFlow.js on its WebGPU backend, as a competent user writes a GPT-2: eager ops in tf.tidy, variableGrads,
// tf.train.adam with decoupled decay on the matrices (tfjs has no AdamW).

import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { type BenchShape, benchTraining } from '../../src/core/benchBatch';
import { initialParameters } from '../shared/model';
import type { MatmulRun, Peer, TrainRun } from '../shared/peer';

function layerNorm(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(weight).add(bias);
}

function gelu(x: tf.Tensor): tf.Tensor {
  const inner = x.add(x.square().mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(inner.tanh().add(1)).mul(0.5);
}

function train(s: BenchShape): TrainRun {
  const variables = new Map<string, tf.Variable>();
  for (const p of initialParameters(s)) {
    variables.set(p.name, tf.tidy(() => tf.variable(tf.tensor(p.values, [...p.shape]))));
  }
  const all = [...variables.values()];
  const decayed = all.filter((v) => v.rank >= 2);
  const at = (name: string): tf.Variable => {
    const found = variables.get(`transformer.${name}`);
    if (!found) throw new Error(`no parameter ${name}`);
    return found;
  };
  const { vocabulary: V, block: T, width: C, heads: H, batch: B } = s;
  const D = C / H;
  const causal = tf.tidy(() => tf.linalg.bandPart(tf.ones([T, T]), -1, 0).sub(1).mul(1e9).expandDims(0).expandDims(0));
  const optimizer = tf.train.adam(benchTraining.learningRate, benchTraining.beta1, benchTraining.beta2, benchTraining.epsilon);

  const forward = (inputs: tf.Tensor1D, targets: tf.Tensor1D): tf.Scalar => {
    let x: tf.Tensor = tf.gather(at('wte.weight'), inputs).reshape([B, T, C]).add(at('wpe.weight')).reshape([B * T, C]);
    for (let layer = 0; layer < s.layers; layer++) {
      const of = (name: string): tf.Variable => at(`h.${layer}.${name}`);
      const linear = (input: tf.Tensor, name: string): tf.Tensor =>
        tf.matMul(input, of(`${name}.weight`)).add(of(`${name}.bias`));
      const normed = layerNorm(x, of('ln_1.weight'), of('ln_1.bias'));
      const heads = tf.split(linear(normed, 'attn.c_attn'), 3, 1).map((t) => t.reshape([B, T, H, D]).transpose([0, 2, 1, 3]));
      const [q, k, v] = heads as [tf.Tensor, tf.Tensor, tf.Tensor];
      const scores = tf.matMul(q, k, false, true).mul(1 / Math.sqrt(D)).add(causal);
      const mixed = tf.matMul(tf.softmax(scores), v).transpose([0, 2, 1, 3]).reshape([B * T, C]);
      x = x.add(linear(mixed, 'attn.c_proj'));
      const hidden = gelu(linear(layerNorm(x, of('ln_2.weight'), of('ln_2.bias')), 'mlp.c_fc'));
      x = x.add(linear(hidden, 'mlp.c_proj'));
    }
    const logits = tf.matMul(layerNorm(x, at('ln_f.weight'), at('ln_f.bias')), at('wte.weight'), false, true);
    return tf.losses.softmaxCrossEntropy(tf.oneHot(targets, V), logits) as tf.Scalar;
  };

  return {
    async step(inputs, targets) {
      const loss = tf.tidy(() => {
        const x = tf.tensor1d(inputs, 'int32');
        const y = tf.tensor1d(targets, 'int32');
        const { value, grads } = tf.variableGrads(() => forward(x, y), all);
        const keep = 1 - benchTraining.learningRate * benchTraining.weightDecay;
        for (const v of decayed) v.assign(v.mul(keep));
        optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
        return value;
      });
      const values = await loss.data();
      loss.dispose();
      return values[0] ?? Number.NaN;
    },
    async checksum() {
      // Not tf.addN: with more tensors than a stage may bind buffers it gives zero, without an error.
      const total = tf.tidy(() => all.map((v): tf.Tensor => v.square().sum()).reduce((a, b) => a.add(b)));
      const values = await total.data();
      total.dispose();
      return values[0] ?? Number.NaN;
    },
    dispose() {
      optimizer.dispose();
      tf.dispose([causal, ...all]);
    },
  };
}

function matmul(n: number, aValues: Float32Array, bValues: Float32Array): MatmulRun {
  const a = tf.tensor2d(aValues, [n, n]);
  const b = tf.tensor2d(bValues, [n, n]);
  const product = (times: number): tf.Tensor2D =>
    tf.tidy(() => {
      let x: tf.Tensor2D = a;
      for (let i = 0; i < times; i++) {
        const next = tf.matMul<tf.Tensor2D>(x, b);
        if (x !== a) x.dispose();
        x = next;
      }
      return x;
    });
  const read = async (x: tf.Tensor): Promise<Float32Array> => {
    const values = (await x.data()) as Float32Array;
    x.dispose();
    return values;
  };
  return {
    chain(times) {
      return read(tf.tidy(() => product(times).slice([n - 1, 0], [1, n])));
    },
    whole: (times) => read(product(times)),
    dispose() {
      tf.dispose([a, b]);
    },
  };
}

export async function open(): Promise<Peer> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('tfjs found no WebGPU backend');
  await tf.ready();
  return {
    title: `tfjs ${tf.version.tfjs} ${tf.getBackend()}`,
    matmul: async (n, a, b) => matmul(n, a, b),
    train: async (shape) => train(shape),
  };
}
