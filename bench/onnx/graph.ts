// An ONNX graph as plain data, and its file. Weights lie in a second file beside it ("external data"), which an engine
// takes to its device without a copy in the graph. It knows the format and no model.
// Source of field numbers: onnx/onnx.proto of the ONNX project, IR version 10.

import { Message } from './wire';

/** A number, or the name of a dim that a run decides. */
export type Dim = number | string;
export type ElementType = 'float' | 'int64' | 'int32';

export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dim[];
}

/** A number is written as a float where it is one of `floats`, else as an integer. */
export interface GraphNode {
  readonly op: string;
  /** An input that is left out is ''. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: 'com.microsoft';
  readonly ints?: Readonly<Record<string, number | readonly number[]>>;
  readonly floats?: Readonly<Record<string, number>>;
}

/** float32 in the file of weights: bytes [offset, offset + 4 * product of shape). */
export interface GraphWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
}

/** Small int64 numbers in the graph itself; no dims means a scalar. */
export interface GraphConstant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly nodes: readonly GraphNode[];
  readonly weights: readonly GraphWeight[];
  readonly constants: readonly GraphConstant[];
}

const IR_VERSION = 10;
const OPSET = 18;
const MICROSOFT_OPSET = 1;
const elementTypes: Readonly<Record<ElementType, number>> = { float: 1, int32: 6, int64: 7 };
const attributeTypes = { float: 1, int: 2, ints: 7 };
const EXTERNAL = 1;

export const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function valueInfo({ name, type, shape }: GraphValue): Message {
  const dims = new Message();
  for (const dim of shape)
    dims.message(1, typeof dim === 'number' ? new Message().int(1, dim) : new Message().text(2, dim));
  const tensor = new Message().int(1, elementTypes[type]).message(2, dims);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}

function node({ op, inputs, outputs, domain, ints = {}, floats = {} }: GraphNode): Message {
  const out = new Message();
  for (const input of inputs) out.text(1, input);
  for (const output of outputs) out.text(2, output);
  // Runtimes name nodes in their errors.
  out.text(3, outputs[0] ?? op).text(4, op);
  for (const [name, value] of Object.entries(ints)) {
    const attribute = new Message().text(1, name);
    if (typeof value === 'number') attribute.int(3, value).int(20, attributeTypes.int);
    else attribute.packed(8, value).int(20, attributeTypes.ints);
    out.message(5, attribute);
  }
  for (const [name, value] of Object.entries(floats))
    out.message(5, new Message().text(1, name).float(2, value).int(20, attributeTypes.float));
  if (domain !== undefined) out.text(7, domain);
  return out;
}

function weight({ name, shape, offset }: GraphWeight, file: string): Message {
  const entry = (key: string, value: string): Message => new Message().text(1, key).text(2, value);
  const out = new Message().packed(1, shape).int(2, elementTypes.float).text(8, name);
  out.message(13, entry('location', file));
  out.message(13, entry('offset', String(offset)));
  out.message(13, entry('length', String(4 * elements(shape))));
  return out.int(14, EXTERNAL);
}

function constant({ name, dims, values }: GraphConstant): Message {
  const data = BigInt64Array.from(values, (value) => BigInt(value));
  const out = new Message();
  if (dims.length > 0) out.packed(1, dims);
  return out.int(2, elementTypes.int64).text(8, name).bytes(9, new Uint8Array(data.buffer));
}

/** A ModelProto. @param weightsFile name of the file of weights, as the engine will be given it */
export function modelFile(graph: Graph, weightsFile: string): Uint8Array<ArrayBuffer> {
  const out = new Message();
  for (const each of graph.nodes) out.message(1, node(each));
  out.text(2, graph.name);
  for (const each of graph.weights) out.message(5, weight(each, weightsFile));
  for (const each of graph.constants) out.message(5, constant(each));
  for (const each of graph.inputs) out.message(11, valueInfo(each));
  for (const each of graph.outputs) out.message(12, valueInfo(each));
  const opset = (domain: string, version: number): Message => new Message().text(1, domain).int(2, version);
  return new Message()
    .int(1, IR_VERSION)
    .text(2, 'shardlab-bench')
    .message(7, out)
    .message(8, opset('', OPSET))
    .message(8, opset('com.microsoft', MICROSOFT_OPSET))
    .finish();
}
