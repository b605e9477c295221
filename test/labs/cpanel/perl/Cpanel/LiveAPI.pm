package Cpanel::LiveAPI;

# Stand-in with the public methods of cPanel's client: speaks to the engine over the page's own socket.

use strict;
use warnings;

use JSON::PP ();
use Socket   ();

sub new {
    my ($class) = @_;
    my $path = $ENV{CPANEL_CONNECT_SOCKET} // $ENV{CPANEL_PHPCONNECT_SOCKET} // die "There is no connection to the cPanel engine.\n";
    socket( my $socket, Socket::PF_UNIX(), Socket::SOCK_STREAM(), 0 ) or die "socket: $!\n";
    connect( $socket, Socket::pack_sockaddr_un($path) ) or die "$path: $!\n";
    $socket->autoflush(1);
    my $self = bless { socket => $socket, connected => 1 }, $class;
    $self->_exchange('<cpaneljson enable="1">');
    return $self;
}

sub uapi {
    my ( $self, $module, $func, $args ) = @_;
    my $answer = $self->_call( 'exec', 'uapi', $module, $func, $args );
    return { cpanelresult => $answer };
}

sub api2 {
    my ( $self, $module, $func, $args ) = @_;
    return $self->_call( 'exec', '2', $module, $func, $args );
}

sub cpanelfeature {
    my ( $self, $feature ) = @_;
    return $self->_call( 'feature', '1', 'feature', 'feature', $feature )->{cpanelresult}{data}{result};
}

sub header {
    my ( $self, $title, $app_key ) = @_;
    my $dom = $self->_dom( $title, $app_key );
    $self->{footer} = $dom->{footer};
    return $dom->{header};
}

sub footer {
    my ($self) = @_;
    return $self->{footer} // $self->_dom(q{})->{footer};
}

sub end {
    my ($self) = @_;
    return if !$self->{connected};
    $self->{connected} = 0;
    _send( $self->{socket}, '<cpanelxml shutdown="1" />' );
    close $self->{socket};
    return;
}

sub DESTROY { my ($self) = @_; local ( $!, $@, $? ); $self->end(); return }

sub _dom {
    my ( $self, $title, $app_key ) = @_;
    my %args = ( page_title => $title, defined $app_key ? ( app_key => $app_key ) : () );
    return $self->uapi( 'Chrome', 'get_dom', \%args )->{cpanelresult}{result}{data};
}

sub _call {
    my ( $self, $kind, $version, $module, $func, $args ) = @_;
    my %action = ( reqtype => $kind, apiversion => $version, module => $module, func => $func, args => $args // {} );
    my $json   = JSON::PP->new->encode( \%action );
    return $self->_exchange("<cpanelaction>\n$json\n</cpanelaction>");
}

sub _send {
    my ( $socket, $message ) = @_;
    print {$socket} length($message), "\n", $message or die "The engine went away.\n";
    return;
}

sub _exchange {
    my ( $self, $message ) = @_;
    my $socket = $self->{socket};
    _send( $socket, $message );
    my $reply = q{};
    while ( my $line = <$socket> ) {
        $reply .= $line;
        last if $line =~ m{</cpanelresult>};
    }
    my ($json) = $reply =~ /(\{.*\})/s or die "The engine’s answer cannot be read.\n";
    return JSON::PP->new->decode($json);
}

1;
