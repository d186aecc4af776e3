import '@fontsource-variable/inter';
import './app.css';
import './app/network-colours.ts';
import { mount } from 'svelte';
import { app } from './app/app.svelte.ts';
import { windowPicker } from './app/picker.svelte.ts';
import Frame from './app.svelte';
import { connect } from './host/connect.ts';

app.restoreAppearance();
app.start(connect(windowPicker));
mount(Frame, { target: document.body });
