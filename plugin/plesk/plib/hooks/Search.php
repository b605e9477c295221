<?php

declare(strict_types=1);

/** The panel's search finds the certificate page of each website. */
class Modules_XolphinSsl_Search extends pm_Hook_Search
{
    /** @return list<pm_SearchIndex> */
    public function getIndex(): array
    {
        $sites = array_filter(pm_Domain::getAllDomains(), static fn (pm_Domain $domain): bool => $domain->hasHosting());

        return array_values(array_map(static fn (pm_Domain $domain): pm_SearchIndex => new Modules_XolphinSsl_Found([
            'id' => (int) $domain->getId(),
            'name' => $domain->getDisplayName(),
        ]), $sites));
    }
}
