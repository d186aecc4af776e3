import { networkNames, networkTable } from '../../src-main/contract/networks.ts';

/** The networks' colours as CSS properties for components and plots, `--net-<network>`, beside those of app.css. */
const properties = (theme: 'light' | 'dark'): string =>
  networkNames.map((network) => `--net-${network}: ${networkTable[network].colour[theme]};`).join(' ');

const sheet = new CSSStyleSheet();
sheet.replaceSync(`:root { ${properties('light')} } :root[data-theme='dark'] { ${properties('dark')} }`);
document.adoptedStyleSheets.push(sheet);
