import { openDirectAdminServer } from "../demo/servers/directadmin.ts";
import { describePanelOrdering } from "./panel-browser-journey.ts";

describePanelOrdering("DirectAdmin", openDirectAdminServer);
