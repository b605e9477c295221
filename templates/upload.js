// Puts a chosen document into the form as text, because not every panel hands files on. Without this script the page says
// where else a document can be sent.
(() => {
  for (const input of document.querySelectorAll(".xssl [data-file-into]")) {
    const { form } = input;
    const content = form.querySelector("[data-file-content]");
    input.addEventListener("change", async () => {
      const [file] = input.files;
      input.setCustomValidity("");
      content.value = "";
      if (file === undefined) return;
      if (file.size > Number(input.dataset.fileMost)) {
        input.setCustomValidity(input.dataset.fileTooLarge);
        input.reportValidity();
        return;
      }
      const bytes = new Uint8Array(await file.arrayBuffer());
      let binary = "";
      for (let at = 0; at < bytes.length; at += 8192) {
        binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
      }
      content.value = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
      form.querySelector("[name=document-name]").value = file.name;
    });
  }
})();
