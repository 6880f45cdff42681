export * from './add';
export * from './arrange';
export * from './copies';
export * from './elements';
export * from './groups';
export { centredOn, middleOf } from './room';
export * from './wires';
