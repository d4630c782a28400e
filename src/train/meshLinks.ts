// A rank's links as its plan speaks of them: the group of each axis over one endpoint. It sends nothing by itself.

import { LabError } from '../core/errors';
import { createGroup, type Group } from '../parallel/collectives/group';
import { groupOf, type MeshShape, meshSize } from '../parallel/mesh';
import type { GroupAxis } from '../parallel/stepPlan';
import { BufferPool } from '../parallel/transport/bufferPool';
import type { Endpoint } from '../parallel/transport/endpoint';
import { Ledger } from '../parallel/transport/ledger';

export class MeshLinks {
  readonly ledger: Ledger;
  readonly pool = new BufferPool();
  private readonly groups = new Map<string, Group>();

  constructor(
    readonly endpoint: Endpoint,
    private readonly mesh: MeshShape,
  ) {
    this.ledger = new Ledger(endpoint.rank);
  }

  /** `ranks` where the group is not simply this rank's line along the axis. @throws LabError `internal` for `tied` without them. */
  group(axis: GroupAxis, ranks?: readonly number[]): Group {
    const members = ranks ?? this.line(axis);
    const key = `${axis} ${members.join()}`;
    let group = this.groups.get(key);
    if (!group) {
      group = createGroup(members, axis, { endpoint: this.endpoint, ledger: this.ledger, pool: this.pool });
      this.groups.set(key, group);
    }
    return group;
  }

  private line(axis: GroupAxis): number[] {
    if (axis === 'world') return Array.from({ length: meshSize(this.mesh) }, (_, rank) => rank);
    if (axis === 'tied')
      throw new LabError({ code: 'internal', message: 'Which ranks share an embedding is for the plan to say' });
    return groupOf(this.mesh, this.endpoint.rank, axis);
  }
}
