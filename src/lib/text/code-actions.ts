import { languages, type editor, type IDisposable } from 'monaco-editor/editor';
import { plain } from '$lib/ui/worded';
import { ask, type LanguageHost } from './ask';
import { LANGUAGE } from './language';

const kinds = { quick_fix: 'quickfix', refactor: 'refactor.rewrite' } as const;

/** Whether a marker carries that code; one with a link to its rule carries both. */
function hasCode(marker: editor.IMarkerData, code: string): boolean {
  return (typeof marker.code === 'object' ? marker.code.value : marker.code) === code;
}

/**
 * Quick fixes and refactorings. Each runs `command` with the version of the text that it is for, its
 * title, its edits and the target that it changes to, so that the document's history names it.
 */
export function registerCodeActions(host: LanguageHost, command: string): IDisposable {
  const { model } = host;
  return languages.registerCodeActionProvider(
    LANGUAGE,
    {
      async provideCodeActions(of, range, context, token) {
        if (of !== model) return { actions: [], dispose: () => undefined };
        const version = model.getVersionId();
        const actions = await ask(host, token, 'codeActions', {
          text: model.getValue(),
          target: host.target(),
          start: model.getOffsetAt(range.getStartPosition()),
          end: model.getOffsetAt(range.getEndPosition()),
        });
        return {
          actions: (actions ?? []).map(({ title, kind, code, preferred, edits, target }) => ({
            title: plain(title),
            kind: kinds[kind],
            isPreferred: preferred,
            diagnostics: code ? context.markers.filter((marker) => hasCode(marker, code)) : [],
            command: { id: command, title, arguments: [version, title, edits, target] },
          })),
          dispose: () => undefined,
        };
      },
    },
    { providedCodeActionKinds: Object.values(kinds) },
  );
}
