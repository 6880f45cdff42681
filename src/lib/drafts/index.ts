export * from './incoming';
export * from './kept';
export * from './local-store';
export * from './open';
export * from './sync';
export * from './tab-lock';
