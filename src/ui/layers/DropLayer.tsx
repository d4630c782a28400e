// Takes files and folders that are dropped anywhere on the page, and says so while they hover.

import { useEffect, useState } from 'react';
import { droppedFiles } from '../droppedFiles';
import { useText } from '../i18n/useText';
import { takeFiles } from '../readFiles';
import { useView, viewStore } from '../stores/viewStore';
import styles from './DropLayer.module.css';

export function DropLayer() {
  const { t } = useText();
  const view = useView((state) => state.view);
  const [over, setOver] = useState(false);
  useEffect(() => {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const onOver = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!carriesFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer === null) return;
      const deep = viewStore.getState().view === 'data';
      void droppedFiles(event.dataTransfer, deep).then(({ files, paths, folder }) => takeFiles(files, folder, paths));
    };
    window.addEventListener('dragover', onOver);
    window.addEventListener('dragleave', onLeave);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragover', onOver);
      window.removeEventListener('dragleave', onLeave);
      window.removeEventListener('drop', onDrop);
    };
  }, []);
  if (!over) return null;
  return (
    <div className={styles.layer}>
      <p>{view === 'data' ? t.dataView.source.dropNow : t.data.dropNow}</p>
      <p className={styles.private}>{t.data.private}</p>
    </div>
  );
}
