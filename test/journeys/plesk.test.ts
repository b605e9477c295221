import { openPleskServer } from "../demo/servers/plesk.ts";
import { describePanelJourney } from "./panel-journey.ts";

describePanelJourney("Plesk", (folder) => openPleskServer(folder));
