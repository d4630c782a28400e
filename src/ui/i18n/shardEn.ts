// The words of the Shard view, in English; its type is what every other language must fill.

export const shardEn = {
  scope: {
    label: 'What is planned',
    page: 'This page',
    cluster: 'A cluster',
  },
};

export type ShardDictionary = typeof shardEn;
