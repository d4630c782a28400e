// The words of the Shard view, in Chinese. The type makes a missing string a compile error.

import type { ShardDictionary } from './shardEn';

export const shardZh: ShardDictionary = {
  scope: {
    label: '规划对象',
    page: '本页',
    cluster: '集群',
  },
};
