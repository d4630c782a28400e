// The words of models that are brought in, in Chinese.

import type { ImportDictionary } from './importEn';

export const importZh: ImportDictionary = {
  title: '从已有模型开始',
  intro: '把 Hugging Face 模型文件夹拖到本页任意处：训练将从它的权重和分词器开始。',
  folder: '选择文件夹',
  files: '选择文件',
  stages: {
    read: '正在读取文件…',
    weights: '正在检查权重…',
    tokenizer: '正在读取分词器…',
    trial: '正在试用分词器…',
  },
  downloading: (file: string, index: string, count: string) => `正在下载 ${file}（第 ${index} 个，共 ${count} 个）`,
  downloaded: (bytes: string, total: string) => `${bytes} / ${total}`,
  listing: '正在向模型库查询文件…',
  cancel: '取消',
  remove: '改用随机权重',
  read: '读到的内容',
  parameters: (count: string, dtypes: string) => `${count} 个参数，类型 ${dtypes}`,
  dtype: (dtype: string, count: string) => `${dtype}（${count}）`,
  tokenizer: (type: string, size: string, files: string) => `${type} 分词器，${size} 个词元，来自 ${files}`,
  noTokenizer: '文件夹中没有分词器：沿用数据设置中的分词器。',
  used: '训练将从这些权重开始。',
  unused: '模型设置与文件夹不同：训练将从随机权重开始。',
  restore: '恢复文件夹的设置',
  nonFinite: (count: string) =>
    `有 ${count} 个权重是 NaN 或无穷大，用它们算出的结果也会如此。在你确认之前不会用它们训练。`,
  useAnyway: '仍然使用',
  failed: '这个模型没有载入',
  hub: {
    title: '从模型库下载',
    off: '已关闭：本页不与任何网站通信。开启后，一个专用的工作线程只能与你指定的模型库通信，只发送所请求文件的名称。',
    turnOn: '允许从这个模型库下载',
    turnOff: '关闭',
    on: (hosts: string) => `已开启：可以从 ${hosts} 下载。`,
    base: '模型库',
    repository: '模型',
    repositoryHint: '作者/名称，或 作者/名称@版本',
    download: '下载',
    kept: '大文件保存在本浏览器中，不必重复下载。',
    forget: '删除这些文件',
    forgotten: '已删除下载的文件',
  },
};
