// A document's text, read again when it is wanted; what was read last is not shown for another.

import { useEffect, useState } from 'react';
import { type LabErrorData, toLabErrorData } from '../../core/errors';
import type { DocumentRef, DocumentText } from '../../core/pipelineRecords';
import { dataController } from '../labControllerData';
import type { DataResult } from '../stores/dataStore';

export interface ReadDocument {
  /** Null while it is read. */
  readonly text: DocumentText | null;
  readonly error: LabErrorData | null;
}

const nothing: ReadDocument = { text: null, error: null };

export function useDocument(document: DocumentRef | null, result: DataResult): ReadDocument {
  const [read, setRead] = useState<ReadDocument>(nothing);
  const file = document?.file ?? -1;
  const record = document?.record ?? -1;
  useEffect(() => {
    if (file < 0) return;
    let wanted = true;
    setRead(nothing);
    dataController.readDocument({ file, record }, result).then(
      (text) => wanted && setRead({ text, error: null }),
      (thrown: unknown) => wanted && setRead({ text: null, error: toLabErrorData(thrown) }),
    );
    return () => {
      wanted = false;
    };
  }, [file, record, result]);
  return read;
}
