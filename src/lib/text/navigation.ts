import { languages, type IDisposable } from 'monaco-editor/editor';
import { compiler, CompilerError, type EditOperation } from '$lib/compiler';
import { ask, type LanguageHost } from './ask';
import { LANGUAGE } from './language';
import { modelEdits, rangeOf } from './places';

const noName = 'Only stages, boundaries and the pipeline can be renamed.';

/** Definition, references, highlights and rename of ids. */
export function registerNavigation(host: LanguageHost): IDisposable[] {
  const { model } = host;
  const place = (position: { lineNumber: number; column: number }) => ({
    text: model.getValue(),
    target: host.target(),
    offset: model.getOffsetAt(position),
  });
  return [
    languages.registerDefinitionProvider(LANGUAGE, {
      async provideDefinition(of, position, token) {
        if (of !== model) return null;
        const span = await ask(host, token, 'definition', place(position));
        return span ? { uri: model.uri, range: rangeOf(model, span) } : null;
      },
    }),
    languages.registerReferenceProvider(LANGUAGE, {
      async provideReferences(of, position, { includeDeclaration }, token) {
        if (of !== model) return null;
        const found = await ask(host, token, 'references', place(position));
        return (found ?? [])
          .filter(({ declaration }) => includeDeclaration || !declaration)
          .map(({ span }) => ({ uri: model.uri, range: rangeOf(model, span) }));
      },
    }),
    languages.registerDocumentHighlightProvider(LANGUAGE, {
      async provideDocumentHighlights(of, position, token) {
        if (of !== model) return null;
        const found = await ask(host, token, 'references', place(position));
        return (found ?? []).map(({ span, declaration }) => ({
          range: rangeOf(model, span),
          kind: declaration
            ? languages.DocumentHighlightKind.Write
            : languages.DocumentHighlightKind.Read,
        }));
      },
    }),
    languages.registerRenameProvider(LANGUAGE, {
      async resolveRenameLocation(of, position, token) {
        const found =
          of === model ? await ask(host, token, 'prepareRename', place(position)) : null;
        if (found) return { range: rangeOf(model, found.span), text: found.id };
        const { lineNumber, column } = position;
        const range = {
          startLineNumber: lineNumber,
          startColumn: column,
          endLineNumber: lineNumber,
          endColumn: column,
        };
        return { range, text: '', rejectReason: noName };
      },
      async provideRenameEdits(of, position, name, token) {
        const found =
          of === model ? await ask(host, token, 'prepareRename', place(position)) : null;
        if (!found) return { edits: [], rejectReason: noName };
        const operation: EditOperation =
          found.subject === 'pipeline'
            ? { op: 'set_name', name }
            : { op: 'rename', id: found.id, to: name };
        const version = model.getVersionId();
        try {
          const { text, target } = place(position);
          const answer = await compiler().call('edit', { text, target, operation });
          if (model.getVersionId() !== version)
            return { edits: [], rejectReason: 'The text changed meanwhile. Try again.' };
          host.announce('Rename', answer.text);
          return {
            edits: modelEdits(model, answer.edits).map((textEdit) => ({
              resource: model.uri,
              versionId: version,
              textEdit,
            })),
          };
        } catch (error) {
          const reason = error instanceof CompilerError ? error.message : String(error);
          // The editor itself would tell its console alone.
          host.refuse(reason);
          return { edits: [], rejectReason: reason };
        }
      },
    }),
  ];
}
