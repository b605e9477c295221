/** The login page that clients see in place of JSON; the members of its form are what they look for (spec §4.4). */
export function loginPage(problem: string | null): string {
  const trouble = problem === null ? "" : `<p id="login-status-message" role="alert">${problem}</p>`;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>cPanel Login</title>
<style>body{margin:0;display:grid;place-items:center;min-height:100vh;background:#f4f6fa;font:15px system-ui,sans-serif}
form{display:grid;gap:12px;width:300px;padding:32px;background:#fff;border:1px solid #d5dbe6;border-radius:8px}
label{display:grid;gap:4px}input{padding:8px;border:1px solid #b8c2d4;border-radius:4px}
button{padding:10px;border:0;border-radius:4px;background:#1d4ed8;color:#fff;font-weight:600}h1{margin:0;font-size:22px}</style></head>
<body><form id="login_form" action="/login/" method="post"><h1>cPanel</h1>${trouble}
<label>Username <input name="user" id="user" autocomplete="username"></label>
<label>Password <input name="pass" id="pass" type="password" autocomplete="current-password"></label>
<button id="login_submit">Log in</button></form></body></html>
`;
}
