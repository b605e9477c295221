/** The shell's looks: enough of Plesk's for a screenshot, with its habit of styling bare elements. */
export const shellStyle = `
:root{--ink:#222;--soft:#737373;--line:#d9d9d9;--blue:#28aade;--dark:#2b333b;--paper:#f5f5f5}
*{box-sizing:border-box}
body{margin:0;font:14px/20px "Open Sans","Helvetica Neue",Arial,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:28px;line-height:36px;font-weight:600;margin:0}h2{font-size:20px;font-weight:600}h3{font-size:16px}
a{color:#1a84b8;text-decoration:none}a:hover{text-decoration:underline}
table{border-collapse:collapse;width:100%}th{text-align:left;color:var(--soft);font-weight:400}td,th{padding:8px;border-bottom:1px solid var(--line)}
.page-header{display:flex;align-items:center;gap:16px;height:48px;padding:0 16px;background:#fff;border-bottom:1px solid var(--line)}
.logo{font-size:22px;letter-spacing:-.5px;color:var(--dark)}.search{margin-left:auto}.search input{width:240px;padding:6px 10px;border:1px solid var(--line);border-radius:16px}
.who{color:var(--soft)}.page-header button{border:0;background:none;color:#1a84b8;cursor:pointer}
.page-columns{display:grid;grid-template-columns:220px minmax(0,1fr);min-height:calc(100vh - 48px)}
.page-sidebar{background:var(--dark);padding:12px 0}.page-sidebar ul{list-style:none;margin:0;padding:0}
.page-sidebar a{display:flex;gap:10px;align-items:center;padding:9px 18px;color:#e6eaee}.page-sidebar a:hover{background:#3a444e;text-decoration:none}
.page-content{padding:0 24px 48px}.page-heading{padding:18px 0}
.page-main{min-width:0}
.top-tabs ul,.pul-tabs ul{display:flex;gap:4px;list-style:none;margin:0;padding:0;border-bottom:1px solid var(--line)}
.top-tabs a,.pul-tabs a{display:flex;gap:6px;padding:10px 14px}.pul-tab--active a{border-bottom:2px solid var(--blue);color:var(--ink)}
.msg-box{margin:0 0 12px;padding:10px 14px;border-left:4px solid var(--blue);background:#eaf6fb}
.msg-warning{border-color:#f0ad00;background:#fff8e5}.msg-error{border-color:#d02f2f;background:#fdeaea}
.card{margin:0 0 16px;padding:16px 20px;background:#fff;border:1px solid var(--line);border-radius:3px}
.card-groups{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:16px}.card-groups ul,.tools ul{list-style:none;margin:0;padding:0}.card-groups a,.tools a{display:flex;gap:8px;align-items:center;padding:4px 0}
.card-tab{padding:16px 0 0}.card-tab[hidden]{display:none}
.status{color:var(--soft)}
.pul-button{display:inline-block;padding:6px 14px;border:1px solid var(--line);border-radius:2px;background:#fff;color:var(--ink)}.pul-button--primary{background:var(--blue);border-color:var(--blue);color:#fff}
.pul-form-field{display:grid;grid-template-columns:200px minmax(0,420px);gap:6px 12px;align-items:start;padding:6px 0}.pul-form-field small,.lab-problem{grid-column:2;color:var(--soft);margin:0}.lab-problem{color:#d02f2f}.pul-form-buttons{padding:12px 0 0 212px}
.pul-card{margin:0 0 12px;padding:12px 16px;background:#fff;border:1px solid var(--line)}
.task-bar{position:fixed;right:16px;bottom:0;width:340px;background:#fff;border:1px solid var(--line);padding:8px 14px}.task-bar ul{list-style:none;margin:0;padding:0}.task{display:grid;gap:4px;padding:6px 0}.task progress{width:100%}
.login{display:grid;place-items:center;min-height:100vh}.login form{display:grid;gap:12px;width:320px;padding:32px;background:#fff;border:1px solid var(--line);border-radius:4px}.login label{display:grid;gap:4px}.login input{padding:8px;border:1px solid var(--line)}.login button{padding:9px;border:0;background:var(--blue);color:#fff}
@media(max-width:700px){.page-columns{grid-template-columns:1fr}.search input{width:120px}}
`;

/** Forms of pm_Form_Simple travel by XHR; the answer is JSON with a redirect, or the page again (spec plesk §2.3). */
export const shellScript = `
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-plesk-form]")) return;
  event.preventDefault();
  const token = document.querySelector("meta[name=forgery_protection_token]").content;
  const answer = await fetch(form.action || location.href, {
    method: "POST",
    body: new URLSearchParams(new FormData(form, event.submitter)),
    headers: { "X-Requested-With": "XMLHttpRequest", "X-Forgery-Protection-Token": token },
  });
  const text = await answer.text();
  if ((answer.headers.get("content-type") ?? "").startsWith("application/json")) {
    const said = JSON.parse(text);
    if (said.redirect) location.assign(said.redirect);
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  document.querySelector("#main").replaceChildren(...page.querySelector("#main").childNodes);
});
`;
