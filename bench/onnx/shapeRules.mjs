// Follows shapes through an ONNX graph, for the tests: each operation's rule as its specification has it. An operation that
// it does not know, an input that no node made, and shapes that do not fit are errors.
// Source: docs/Operators.md of the ONNX project, docs/ContribOperators.md of ONNX Runtime.

import assert from 'node:assert/strict';

const product = (dims) => dims.reduce((a, b) => a * b, 1);

/** Attention with `num_heads` over queries, keys and values side by side: its output, and the cache with them added. */
function attention({ ints }, [qkv, key, value, pastKey, pastValue, last, total]) {
  const [B, S, packed] = qkv.shape;
  assert.equal(key ?? value, undefined);
  assert.equal(ints.kv_num_heads, ints.num_heads);
  const D = packed / 3 / ints.num_heads;
  const P = pastKey.shape[2];
  for (const past of [pastKey, pastValue]) assert.deepEqual(past.shape, [B, ints.num_heads, P, D]);
  assert.deepEqual([last.shape, total.shape], [[B], []]);
  const present = [B, ints.num_heads, P + S, D];
  return [[B, S, packed / 3], present, present];
}

/** Of operations with values that shapes depend on, the values; else shapes alone. Each input is { shape, values? }. */
const rules = {
  Gather: ({ ints }, [data, indices]) => {
    assert.equal(ints.axis, 0);
    return [[...indices.shape, ...data.shape.slice(1)]];
  },
  ReduceSum: ({ ints }, [data, axes]) => {
    assert.equal(ints.keepdims, 0);
    return [data.shape.filter((_, axis) => !axes.values.includes(axis))];
  },
  Sub: (_, [a, b]) => {
    assert.deepEqual(b.shape, []);
    return [a.shape];
  },
  Cast: (_, [x]) => [x.shape],
  Transpose: ({ ints }, [x]) => [ints.perm.map((axis) => x.shape[axis])],
  Gemm: (_, [a, b, c]) => {
    assert.equal(a.shape.length, 2);
    assert.equal(a.shape[1], b.shape[0]);
    assert.deepEqual(c.shape, [b.shape[1]]);
    return [[a.shape[0], b.shape[1]]];
  },
  MatMul: (_, [a, b]) => {
    assert.equal(a.shape.at(-1), b.shape[0]);
    return [[...a.shape.slice(0, -1), b.shape[1]]];
  },
  SkipLayerNormalization: ({ outputs }, [x, skip, weight, bias, added]) => {
    assert.deepEqual(skip.shape, x.shape);
    for (const row of [weight, bias, ...(added ? [added] : [])]) assert.deepEqual(row.shape, [x.shape.at(-1)]);
    return outputs.map(() => x.shape);
  },
  FastGelu: (_, [x, bias]) => {
    assert.deepEqual(bias.shape, [x.shape.at(-1)]);
    return [x.shape];
  },
  GroupQueryAttention: attention,
  Slice: (_, [x, starts, ends, axes]) => {
    const [axis] = axes.values;
    const length = x.shape[axis];
    const from = starts.values[0] < 0 ? starts.values[0] + length : starts.values[0];
    return [x.shape.with(axis, Math.min(length, ends.values[0]) - from)];
  },
};

/** Small integers that shapes depend on. */
const values = {
  Reshape: (_, [x, to]) => {
    // One dim may be left open.
    const rest = product(to.values.filter((size) => size !== -1));
    const shape = to.values.map((size) => (size === -1 ? product(x.shape) / rest : size));
    assert.equal(product(shape), product(x.shape));
    return { shape, values: x.values };
  },
  Shape: (_, [x]) => ({ shape: [x.shape.length], values: x.shape }),
  Neg: (_, [x]) => ({ shape: x.shape, values: x.values.map((value) => (value === 0 ? 0 : -value)) }),
};

/**
 * @param symbols sizes of the dims that a run decides
 * @param given values of integer inputs that shapes depend on
 * @returns the shape of every tensor by name, those of outputs as declared
 */
export function inferShapes(graph, symbols, given) {
  const sized = (dims) =>
    dims.map((dim) => {
      const size = typeof dim === 'number' ? dim : symbols[dim];
      assert.ok(Number.isInteger(size), `no size of ${dim}`);
      return size;
    });
  const known = new Map();
  const put = (name, tensor) => {
    assert.ok(!known.has(name), `${name} is made twice`);
    known.set(name, tensor);
  };
  for (const { name, shape } of graph.inputs)
    put(name, { shape: sized(shape), ...(name in given ? { values: [given[name]] } : {}) });
  for (const { name, shape } of graph.weights) put(name, { shape });
  for (const constant of graph.constants) {
    assert.equal(constant.values.length, product(constant.dims));
    put(constant.name, { shape: constant.dims, values: constant.values });
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => {
      if (name === '') return undefined;
      assert.ok(known.has(name), `${node.op} reads ${name}, which nothing made before`);
      return known.get(name);
    });
    const rule = rules[node.op];
    const made = rule ? rule(node, inputs).map((shape) => ({ shape })) : [values[node.op]?.(node, inputs)];
    for (const [i, name] of node.outputs.entries()) {
      if (name === '') continue;
      assert.ok(made[i], `${node.op} has no rule for its output ${i}`);
      put(name, made[i]);
    }
  }
  for (const { name, shape } of graph.outputs) assert.deepEqual(known.get(name)?.shape, sized(shape), name);
  return new Map([...known].map(([name, { shape }]) => [name, shape]));
}
