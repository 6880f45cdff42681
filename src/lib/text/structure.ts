import { languages, type IDisposable } from 'monaco-editor/editor';
import { tokenModifiers, tokenTypes, type OutlineItem, type OutlineKind } from '$lib/compiler';
import { ask, type LanguageHost } from './ask';
import { LANGUAGE } from './language';
import { modelEdits, rangeOf } from './places';

const symbols: Record<OutlineKind, languages.SymbolKind> = {
  pipeline: languages.SymbolKind.Package,
  ingress: languages.SymbolKind.Interface,
  egress: languages.SymbolKind.Interface,
  stage: languages.SymbolKind.Function,
  chain: languages.SymbolKind.Event,
  block: languages.SymbolKind.Namespace,
  setting: languages.SymbolKind.Property,
};

/** What the whole document is made of: outline, folding, semantic tokens, formatting. */
export function registerStructure(host: LanguageHost): IDisposable[] {
  const { model } = host;

  function symbolOf(item: OutlineItem): languages.DocumentSymbol {
    return {
      name: item.name,
      detail: item.detail,
      kind: symbols[item.kind],
      tags: [],
      range: rangeOf(model, item.span),
      selectionRange: rangeOf(model, item.name_span),
      children: [],
    };
  }

  return [
    languages.registerDocumentSymbolProvider(LANGUAGE, {
      displayName: 'ByteOr plan',
      async provideDocumentSymbols(of, token) {
        if (of !== model) return null;
        const items = await ask(host, token, 'outline', { text: model.getValue() });
        const roots: languages.DocumentSymbol[] = [];
        for (const item of items ?? []) {
          const symbol = symbolOf(item);
          if (item.depth > 0) roots.at(-1)?.children?.push(symbol);
          else roots.push(symbol);
        }
        return roots;
      },
    }),
    languages.registerFoldingRangeProvider(LANGUAGE, {
      async provideFoldingRanges(of, _context, token) {
        if (of !== model) return null;
        const ranges = await ask(host, token, 'folding', { text: model.getValue() });
        return (
          ranges?.map(({ start_line, end_line, kind }) => ({
            start: start_line,
            end: end_line,
            kind:
              kind === 'comment'
                ? languages.FoldingRangeKind.Comment
                : languages.FoldingRangeKind.Region,
          })) ?? null
        );
      },
    }),
    languages.registerDocumentSemanticTokensProvider(LANGUAGE, {
      getLegend: () => ({ tokenTypes, tokenModifiers }),
      async provideDocumentSemanticTokens(of, _lastResultId, token) {
        if (of !== model) return null;
        const data = await ask(host, token, 'semanticTokens', { text: model.getValue() });
        return data ? { data: new Uint32Array(data) } : null;
      },
      releaseDocumentSemanticTokens: () => undefined,
    }),
    languages.registerDocumentFormattingEditProvider(LANGUAGE, {
      displayName: 'ByteOr plan',
      async provideDocumentFormattingEdits(of, _options, token) {
        if (of !== model) return null;
        const formatted = await ask(host, token, 'format', { text: model.getValue() });
        if (!formatted) return null;
        host.announce('Format', formatted.text);
        return modelEdits(model, formatted.edits);
      },
    }),
    // Pasted lines are formatted too: the editor asks for their range.
    languages.registerDocumentRangeFormattingEditProvider(LANGUAGE, {
      displayName: 'ByteOr plan',
      async provideDocumentRangeFormattingEdits(of, range, _options, token) {
        if (of !== model) return null;
        const edits = await ask(host, token, 'formatRange', {
          text: model.getValue(),
          target: host.target(),
          start: model.getOffsetAt(range.getStartPosition()),
          end: model.getOffsetAt(range.getEndPosition()),
        });
        return edits ? modelEdits(model, edits) : null;
      },
    }),
  ];
}
