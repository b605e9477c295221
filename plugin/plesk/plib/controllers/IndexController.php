<?php

declare(strict_types=1);

/** Every page of the extension: hands the request to the agent and shows what it answers. */
class IndexController extends pm_Controller_Action
{
    /** @var list<string> */
    protected $_accessLevel = ['admin', 'reseller', 'client'];

    /** A page inside the panel's frame. */
    public function indexAction(): void
    {
        $this->view->pageTitle = $this->lmsg('pageTitle');
        $answer = Modules_XolphinSsl_Agent::send('/page', Modules_XolphinSsl_HandOver::of($this->site(), 'page'));
        if ($answer === null) {
            $this->_status->addMessage('error', $this->lmsg('notRunning'));
        }
        $this->view->fragment = Modules_XolphinSsl_Fragment::of($answer);
        if (pm_Session::getClient()->isAdmin() && (Modules_XolphinSsl_Facts::tally()['installing'] ?? 0) > 1) {
            Modules_XolphinSsl_Task_Install::show();
        }
    }

    /** A whole answer, for scripts and downloads. */
    public function rawAction(): void
    {
        $this->_helper->viewRenderer->setNoRender(true);
        $this->_helper->layout->disableLayout();
        $answer = Modules_XolphinSsl_Agent::send('/raw', Modules_XolphinSsl_HandOver::of($this->site(), 'raw'));
        Modules_XolphinSsl_WholeAnswer::show($answer, $this->getResponse());
    }

    /** The website whose page was opened; only one that the panel lets this account see. */
    private function site(): ?pm_Domain
    {
        $id = Modules_XolphinSsl_Given::number($this->_getParam('site_id', $this->_getParam('dom_id', 0)));
        if ($id !== 0 && !pm_Session::getClient()->hasAccessToDomain($id)) {
            throw new pm_Exception($this->lmsg('noAccess'));
        }

        return $id === 0 ? null : pm_Domain::getByDomainId($id);
    }
}
