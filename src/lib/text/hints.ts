import { languages, type IDisposable } from 'monaco-editor/editor';
import { ask, type LanguageHost } from './ask';
import { LANGUAGE } from './language';
import { rangeOf } from './places';

/** Says what stands under the pointer. */
export function registerHover(host: LanguageHost): IDisposable {
  const { model } = host;
  return languages.registerHoverProvider(LANGUAGE, {
    async provideHover(of, position, token) {
      if (of !== model) return null;
      const hover = await ask(host, token, 'hover', {
        text: model.getValue(),
        target: host.target(),
        offset: model.getOffsetAt(position),
      });
      return hover
        ? { range: rangeOf(model, hover.span), contents: [{ value: hover.markdown }] }
        : null;
    },
  });
}

/** Shows the grammar of the stage key that is being written, and which parameter of it. */
export function registerSignatureHelp(host: LanguageHost): IDisposable {
  const { model } = host;
  return languages.registerSignatureHelpProvider(LANGUAGE, {
    signatureHelpTriggerCharacters: [':', '=', ' '],
    signatureHelpRetriggerCharacters: ['=', ':', '"', ' '],
    async provideSignatureHelp(of, position, token) {
      if (of !== model) return null;
      const help = await ask(host, token, 'signatureHelp', {
        text: model.getValue(),
        target: host.target(),
        offset: model.getOffsetAt(position),
      });
      if (!help) return null;
      return {
        value: {
          activeSignature: 0,
          activeParameter: help.active,
          signatures: [
            {
              label: help.label,
              documentation: { value: help.docs },
              parameters: help.parameters.map(({ span, docs }) => ({
                label: [span.start, span.end] as [number, number],
                documentation: { value: docs },
              })),
            },
          ],
        },
        dispose: () => undefined,
      };
    },
  });
}
