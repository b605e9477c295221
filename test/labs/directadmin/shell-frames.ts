/**
 * What skins put around a plugin's fragment (spec directadmin §2.6): Evolution's almost bare document, or Enhanced's
 * table page whose style sheet leaks into everything.
 */
export function framePage(skin: "evolution" | "enhanced", fragment: string): string {
  return skin === "evolution" ? evolutionFrame(fragment) : enhancedPage(fragment);
}

function evolutionFrame(fragment: string): string {
  return `<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Plugin</title>
<style>body{margin:0}#plugin-host{display:flex;justify-content:center}#iframe-container{display:inline-block;max-width:100vw}</style></head>
<body><div id="plugin-host"><div id="iframe-container">${fragment}</div></div></body>
</html>
`;
}

function enhancedPage(fragment: string): string {
  return `<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><title>DirectAdmin</title>
<style>
body,td,p{font:11px Verdana,sans-serif;color:#444}
h1,h2{color:#036;font-size:13px;text-transform:uppercase;border-bottom:1px solid #9bc}
table{border-collapse:separate;border-spacing:2px;background:#eef}
td,th{background:#dde6ee;border:1px solid #9bc;padding:1px}
a{color:#069;font-weight:bold;text-decoration:none}
input,button,select{border:1px solid #369;background:#fffbe0;font-size:10px}
ul,ol{list-style:square;margin-left:30px}
</style></head>
<body bgcolor="#cfdbe6"><table width="780" align="center"><tr><td><b>DirectAdmin Enhanced</b></td></tr><tr><td>${fragment}</td></tr></table></body>
</html>
`;
}
