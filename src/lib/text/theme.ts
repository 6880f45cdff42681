import { editor } from 'monaco-editor/editor';

/** A token's colour as `#rrggbb`, resolved for the theme that the page shows now. */
function tokenColour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  probe.style.display = 'none';
  document.body.append(probe);
  const parts = getComputedStyle(probe).color.match(/[\d.]+/gu) ?? ['0', '0', '0'];
  probe.remove();
  return `#${parts
    .slice(0, 3)
    .map((part) => Math.round(Number(part)).toString(16).padStart(2, '0'))
    .join('')}`;
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'dark' || chosen === 'light') return chosen === 'dark';
  return matchMedia('(prefers-color-scheme: dark)').matches;
}

function apply(): void {
  const colour = (name: string) => tokenColour(name).slice(1);
  editor.defineTheme('byteor', {
    base: isDark() ? 'vs-dark' : 'vs',
    inherit: false,
    rules: [
      { token: '', foreground: colour('--text') },
      { token: 'comment', foreground: colour('--syn-comment') },
      { token: 'keyword', foreground: colour('--syn-word') },
      { token: 'string', foreground: colour('--syn-key') },
      { token: 'string.delimiter', foreground: colour('--text-muted') },
      { token: 'operator', foreground: colour('--syn-intent') },
      // What follows comes with the compiler's tokens: `tokenTypes` and `tokenModifiers`.
      { token: 'name', foreground: colour('--syn-id') },
      { token: 'stage', foreground: colour('--syn-id') },
      { token: 'stage.declaration', foreground: colour('--syn-id') },
      { token: 'stage.unresolved', foreground: colour('--danger') },
      { token: 'stage.declaration.unresolved', foreground: colour('--danger') },
      { token: 'boundary', foreground: colour('--syn-id') },
      { token: 'boundary.declaration', foreground: colour('--syn-id') },
      { token: 'boundary.declaration.unresolved', foreground: colour('--danger') },
      { token: 'family', foreground: colour('--syn-key') },
      { token: 'family.unresolved', foreground: colour('--danger') },
      { token: 'parameter', foreground: colour('--syn-key') },
      { token: 'value', foreground: colour('--syn-text') },
      { token: 'value.unresolved', foreground: colour('--danger') },
    ],
    colors: {
      'editor.background': tokenColour('--surface'),
      'editor.foreground': tokenColour('--text'),
      'editorLineNumber.foreground': tokenColour('--text-faint'),
      'editorLineNumber.activeForeground': tokenColour('--text'),
      'editorCursor.foreground': tokenColour('--text'),
      'editor.selectionBackground': `${tokenColour('--accent')}40`,
      'editor.inactiveSelectionBackground': `${tokenColour('--accent')}26`,
      'editor.lineHighlightBackground': tokenColour('--surface-hover'),
      'editorWidget.background': tokenColour('--surface-raised'),
      'editorWidget.foreground': tokenColour('--text'),
      'editorWidget.border': tokenColour('--border-strong'),
      'editorHoverWidget.background': tokenColour('--surface-raised'),
      'editorHoverWidget.border': tokenColour('--border-strong'),
      'editorSuggestWidget.background': tokenColour('--surface-raised'),
      'editorSuggestWidget.selectedBackground': tokenColour('--surface-selected'),
      'editorSuggestWidget.selectedForeground': tokenColour('--text'),
      'editorSuggestWidget.highlightForeground': tokenColour('--accent'),
      'editorSuggestWidget.border': tokenColour('--border-strong'),
      'editorSuggestWidget.foreground': tokenColour('--text'),
      'editorSuggestWidget.focusHighlightForeground': tokenColour('--accent'),
      'list.hoverBackground': tokenColour('--surface-hover'),
      'list.highlightForeground': tokenColour('--accent'),
      'textLink.foreground': tokenColour('--accent'),
      'textLink.activeForeground': tokenColour('--accent'),
      'textCodeBlock.background': tokenColour('--surface-hover'),
      'editor.wordHighlightBackground': `${tokenColour('--info')}26`,
      'editor.wordHighlightStrongBackground': `${tokenColour('--info')}40`,
      'editor.foldBackground': tokenColour('--surface-hover'),
      'editorGutter.foldingControlForeground': tokenColour('--text-muted'),
      'peekViewEditor.background': tokenColour('--surface'),
      'peekViewEditorGutter.background': tokenColour('--surface'),
      'peekViewResult.background': tokenColour('--surface-raised'),
      'peekViewResult.fileForeground': tokenColour('--text'),
      'peekViewResult.lineForeground': tokenColour('--text'),
      'peekViewResult.selectionBackground': tokenColour('--surface-selected'),
      'peekViewResult.selectionForeground': tokenColour('--text'),
      'peekViewTitle.background': tokenColour('--surface-raised'),
      'peekViewTitleLabel.foreground': tokenColour('--text'),
      'peekViewTitleDescription.foreground': tokenColour('--text-muted'),
      'peekViewEditor.matchHighlightBackground': `${tokenColour('--warn')}40`,
      'peekViewResult.matchHighlightBackground': `${tokenColour('--warn')}40`,
      'peekView.border': tokenColour('--accent'),
      'quickInput.background': tokenColour('--surface-raised'),
      'quickInput.foreground': tokenColour('--text'),
      'quickInputList.focusBackground': tokenColour('--surface-selected'),
      'quickInputList.focusForeground': tokenColour('--text'),
      'editorLightBulb.foreground': tokenColour('--warn'),
      'editorLightBulbAutoFix.foreground': tokenColour('--info'),
      'menu.background': tokenColour('--surface-raised'),
      'menu.foreground': tokenColour('--text'),
      'menu.selectionBackground': tokenColour('--surface-selected'),
      'menu.selectionForeground': tokenColour('--text'),
      'widget.shadow': `#00000033`,
      'editorError.foreground': tokenColour('--danger'),
      'editorWarning.foreground': tokenColour('--warn'),
      'editorInfo.foreground': tokenColour('--info'),
      focusBorder: tokenColour('--focus'),
      'input.background': tokenColour('--surface'),
      'input.foreground': tokenColour('--text'),
      'input.border': tokenColour('--border-control'),
    },
  });
  editor.setTheme('byteor');
}

/** Gives Monaco the page's colours, now and whenever they change; returns the way to stop. */
export function followTheme(): () => void {
  apply();
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', apply);
  const observer = new MutationObserver(apply);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', apply);
    observer.disconnect();
  };
}
