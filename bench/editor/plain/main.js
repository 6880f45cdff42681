import '@xyflow/svelte/dist/style.css';
import { mount } from 'svelte';
import Page from './Page.svelte';

const graph = await (await fetch('/graph.json')).json();
mount(Page, { target: document.querySelector('#page'), props: { graph } });
