import { openDirectAdminServer } from "../demo/servers/directadmin.ts";
import { describePanelJourney } from "./panel-journey.ts";

describePanelJourney("DirectAdmin", openDirectAdminServer);
