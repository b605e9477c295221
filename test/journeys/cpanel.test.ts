import { openCpanelServer } from "../demo/servers/cpanel.ts";
import { describePanelJourney } from "./panel-journey.ts";

describePanelJourney("cPanel & WHM", (folder) => openCpanelServer(folder));
