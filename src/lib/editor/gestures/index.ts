export * from './add';
export * from './copies';
export * from './elements';
export { centredOn } from './room';
export * from './wires';
