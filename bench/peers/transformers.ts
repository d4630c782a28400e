// transformers.js as its users run it: a text generation model with a KV cache, generate() with greedy search, on ONNX Runtime Web. The model's folder is made in the page; nothing comes from the network.

import { AutoModelForCausalLM, env, LogitsProcessor, LogitsProcessorList, StoppingCriteria, Tensor } from '@huggingface/transformers';
import factoryUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import { type BenchDecode, benchPrompt, DECODE_DEVIATION } from '../../src/core/benchBatch';
import { modelFolder } from '../onnx/folder';
import type { DecodeRun, Peer } from '../shared/peer';

const MODELS = '/bench/models/';

/** Stops nothing: it is asked after each new token, and looks at the clock. */
class Clock extends StoppingCriteria {
  private readonly times: number[] = [];

  override _call(ids: number[][]): boolean[] {
    this.times.push(performance.now());
    return ids.map(() => false);
  }

  /** Between two tokens, over all after the first. */
  get tokenMs(): number {
    const [first, last] = [this.times[0] ?? Number.NaN, this.times.at(-1) ?? Number.NaN];
    return (last - first) / (this.times.length - 1);
  }
}

/** Changes no logit; keeps the first and the last and how sure each token was. */
class Watch extends LogitsProcessor {
  readonly margins: number[] = [];
  first: number[] = [];
  last: number[] = [];

  override _call(_ids: bigint[][], logits: Tensor): Tensor {
    const values = [...(logits.data as Float32Array)];
    const best = values.reduce((a, b) => Math.max(a, b), -Infinity);
    let times = 0;
    let next = -Infinity;
    for (const value of values) {
      if (value === best) times++;
      else next = Math.max(next, value);
    }
    this.margins.push(times > 1 ? 0 : best - next);
    if (this.first.length === 0) this.first = values;
    this.last = values;
    return logits;
  }
}

async function decode(run: BenchDecode, device: 'webgpu' | 'wasm'): Promise<DecodeRun> {
  const folder = await modelFolder(run.shape, DECODE_DEVIATION);
  env.fetch = async (address: RequestInfo | URL): Promise<Response> => {
    const file = folder.get(String(address).replace(`${MODELS}${run.name}/`, ''));
    return file === undefined ? new Response(null, { status: 404 }) : new Response(file);
  };
  const model = await AutoModelForCausalLM.from_pretrained(run.name, { device, dtype: 'fp32' });
  folder.clear();
  const prompt = BigInt64Array.from(benchPrompt(run), BigInt);
  const dims = [1, prompt.length];
  const generate = async (more: { stopping_criteria?: StoppingCriteria; logits_processor?: LogitsProcessorList }): Promise<number[]> => {
    const ids = await model.generate({
      inputs: new Tensor('int64', prompt, dims),
      attention_mask: new Tensor('int64', new BigInt64Array(prompt.length).fill(1n), dims),
      max_new_tokens: run.newTokens,
      do_sample: false,
      ...more,
    });
    return Array.from((ids as Tensor).data as BigInt64Array, Number).slice(prompt.length);
  };
  await generate({});
  return {
    async generate() {
      const clock = new Clock();
      const tokens = await generate({ stopping_criteria: clock });
      return { tokens, tokenMs: clock.tokenMs };
    },
    async check() {
      const watch = new Watch();
      const processors = new LogitsProcessorList();
      processors.push(watch);
      const tokens = await generate({ logits_processor: processors });
      return { tokens, margins: watch.margins, firstLogits: watch.first, lastLogits: watch.last };
    },
    async dispose() {
      await model.dispose();
    },
  };
}

export async function open(device: 'webgpu' | 'wasm'): Promise<Peer> {
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = MODELS;
  env.useBrowserCache = false;
  env.useWasmCache = false;
  const { wasm, versions } = env.backends.onnx;
  if (!wasm) throw new Error('onnxruntime-web has no WebAssembly');
  const address = (path: string): string => new URL(path, location.href).href;
  wasm.wasmPaths = { mjs: address(factoryUrl), wasm: address(wasmUrl) };
  // ONNX Runtime takes half of the logical processors too, but 4 at most.
  wasm.numThreads = Math.max(1, Math.min(8, Math.floor(navigator.hardwareConcurrency / 2)));
  const threads = device === 'wasm' ? `, ${wasm.numThreads} thread${wasm.numThreads === 1 ? '' : 's'}` : '';
  const runtime = `onnxruntime-web ${versions?.web ?? 'of unknown version'}`;
  return {
    title: `transformers.js ${env.version} ${device}${threads}, ${runtime}`,
    decode: (run) => decode(run, device),
  };
}
