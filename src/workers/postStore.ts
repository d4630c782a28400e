// Shards to a server that writes them into a folder, as the command line's does; tokens wait in the browser's own storage.

import { LabError } from '../core/errors';
import { outOfRoom, type ShardStore } from '../data/pipeline/shards/shardStore';
import { openOpfsSpill } from './opfsStore';

/** @param url addresses of files are this and their name */
export function postStore(url: string): ShardStore {
  return {
    async write(name, bytes) {
      // As a Blob: bytes would also go to whoever watches the page's requests, as the command line's Playwright does, written out as text.
      const body = new Blob([bytes]);
      const response = await fetch(url + encodeURIComponent(name), { method: 'POST', body });
      if (response.ok) return;
      const why = (await response.text()).trim();
      if (/ENOSPC|EDQUOT/.test(why)) throw outOfRoom(name, bytes.length);
      throw new LabError({ code: 'storage', message: `${name} could not be written.`, why });
    },
    async read(name) {
      throw new LabError({ code: 'internal', message: `${name} went to a folder that this page cannot read.` });
    },
    openSpill: openOpfsSpill,
  };
}
