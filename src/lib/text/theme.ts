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
      { token: 'comment', foreground: colour('--text-faint'), fontStyle: 'italic' },
      { token: 'keyword', foreground: colour('--accent'), fontStyle: 'bold' },
      { token: 'type', foreground: colour('--renamed') },
      { token: 'identifier', foreground: colour('--text') },
      { token: 'string', foreground: colour('--ok') },
      { token: 'number', foreground: colour('--warn') },
      { token: 'attribute', foreground: colour('--info') },
      { token: 'operator', foreground: colour('--text-muted') },
      { token: 'delimiter', foreground: colour('--text-muted') },
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
