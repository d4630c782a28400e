// Blocked attention whose rows are queries: the head and the first row of this workgroup, and the places of the head's keys and values.
// Leaves main where there are none. Needs group, groups, workgroup. Gives rows_per_group, pair (batch and query head), group_start,
// batch_row, head, key_element (key 0), key_stride, value_offset (from a key to its value), to_log2, last (row).
  // All threads of a workgroup work on one head, so that they load the same keys and values.
  let rows_per_group = workgroup * {{ROWS}}u;
  let row_groups = (params.tokens + rows_per_group - 1u) / rows_per_group;
  let index = group.y * groups.x + group.x;
  let pair = index / row_groups;
  if (pair >= params.batch * params.heads) { return; }
  let group_start = index % row_groups * rows_per_group;
  let batch_row = pair / params.heads * params.tokens;
  let head = pair % params.heads;
  let key_head = params.heads + head / (params.heads / params.kv_heads);
  let key_element = head_start(batch_row, key_head);
  let value_offset = params.kv_heads * HEAD_ELEMENTS;
  let key_stride = (params.heads + 2u * params.kv_heads) * HEAD_ELEMENTS;
  let to_log2 = params.scale * LOG2_E;
  let last = params.tokens - 1u;
