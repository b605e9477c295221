package Cpanel::Template;

# Stand-in: pages in Template Toolkit, within the frames of the lab's two interfaces.

use strict;
use warnings;

use Template ();

my %places = (
    cpanel   => ['/usr/local/cpanel/base/frontend/jupiter'],
    whostmgr => [ '/usr/local/cpanel/whostmgr/docroot/templates', '/var/cpanel/addons' ],
);

sub process_template {
    my ( $service, $input, $options ) = @_;
    my $template = Template->new( INCLUDE_PATH => $places{$service}, ENCODING => 'utf8', ABSOLUTE => 1, PLUGIN_BASE => 'Template::Plugin' )
      or die Template->error() . "\n";
    my %data = ( %{$input}, %{ $input->{data} || {} }, CPANEL => { user => $ENV{REMOTE_USER} }, login => $ENV{REMOTE_USER}, cp_security_token => $ENV{cp_security_token} );
    my $output = q{};
    $template->process( $input->{template_file}, { %data, data => $input->{data} || {} }, \$output ) or die $template->error() . "\n";
    if ( $input->{print} ) {
        binmode STDOUT, ':encoding(UTF-8)';
        print $output;
        return 1;
    }
    return ( 1, \$output );
}

1;
