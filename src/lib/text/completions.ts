import { languages, Range, type IDisposable } from 'monaco-editor/editor';
import type { CompletionItem, CompletionKind } from '$lib/compiler';
import { ask, type LanguageHost } from './ask';
import { LANGUAGE } from './language';
import { rangeIn } from './places';

const kinds: Record<CompletionKind, languages.CompletionItemKind> = {
  statement: languages.CompletionItemKind.Keyword,
  plan: languages.CompletionItemKind.Snippet,
  id: languages.CompletionItemKind.Reference,
  new_id: languages.CompletionItemKind.Constant,
  arrow: languages.CompletionItemKind.Operator,
  intent: languages.CompletionItemKind.EnumMember,
  family: languages.CompletionItemKind.Function,
  key: languages.CompletionItemKind.Value,
  parameter: languages.CompletionItemKind.Value,
  setting: languages.CompletionItemKind.Property,
  value: languages.CompletionItemKind.EnumMember,
};

/** What happens once an item is in the text: the next list, or the grammar of what is to be filled in. */
function nextCommand(item: CompletionItem): languages.Command | undefined {
  if (item.again) return { id: 'editor.action.triggerSuggest', title: 'Suggest' };
  if (item.kind === 'family' && item.snippet)
    return { id: 'editor.action.triggerParameterHints', title: 'Show the parameters' };
  return undefined;
}

/** Offers what the compiler says may stand at the cursor, in its order. */
export function registerCompletions(host: LanguageHost): IDisposable {
  const { model } = host;
  return languages.registerCompletionItemProvider(LANGUAGE, {
    triggerCharacters: [' ', '>', '[', ':', ';', '{', '"'],
    async provideCompletionItems(of, position, _context, token) {
      if (of !== model) return null;
      const text = model.getValue();
      const request = { text, target: host.target(), offset: model.getOffsetAt(position) };
      const list = await ask(host, token, 'complete', request, { late: true });
      if (!list) return null;
      // What was typed since then the editor holds against the list by itself: places are those of
      // the text that was asked about.
      const insert = rangeIn(text, list.span);
      const replace = Range.plusRange(
        insert,
        rangeIn(text, { start: list.span.end, end: list.overwrite_end }),
      );
      return {
        incomplete: list.incomplete,
        suggestions: list.items.map((item, index) => {
          const command = nextCommand(item);
          return {
            label: item.detail ? { label: item.label, description: item.detail } : item.label,
            kind: kinds[item.kind],
            ...(item.docs ? { documentation: { value: item.docs } } : {}),
            insertText: item.insert,
            ...(item.snippet
              ? { insertTextRules: languages.CompletionItemInsertTextRule.InsertAsSnippet }
              : {}),
            ...(item.filter ? { filterText: item.filter } : {}),
            // The order is the compiler's.
            sortText: String(index).padStart(5, '0'),
            preselect: index === 0,
            range: { insert, replace },
            ...(command ? { command } : {}),
          };
        }),
      };
    },
  });
}
