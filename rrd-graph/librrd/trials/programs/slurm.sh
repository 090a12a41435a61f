# Slurm's plugin ext_sensors_rrd: a program loads it as slurmctld does and begins it. It asks files only
# for jobs of a cluster, which is not there.
cat >load.c <<'END'
#include <dlfcn.h>
#include <stdio.h>

/* What slurmctld has. */
char *bitmap2node_name(void *map) { return map; }
void *next_node(int *at) { return at; }

int main(int argc, char **argv)
{
    void *slurm = dlopen("/usr/lib/x86_64-linux-gnu/slurm-wlm/libslurmfull.so", RTLD_NOW | RTLD_GLOBAL);
    void *plugin = dlopen(argv[argc - 1], RTLD_NOW);
    if (!slurm || !plugin)
        return printf("%s\n", dlerror());
    int (*begin)(void) = (int (*)(void)) dlsym(plugin, "init");
    printf("%s: %d\n", (const char *) dlsym(plugin, "plugin_type"), begin());
    return 0;
}
END
cat >ext_sensors.conf <<END
NodeData=energy
EnergyRRA=1
EnergyPathRRD=$PWD/%n.rrd
END
touch slurm.conf
cc -rdynamic -o load load.c
with_library env SLURM_CONF="$PWD/slurm.conf" ./load /usr/lib/x86_64-linux-gnu/slurm-wlm/ext_sensors_rrd.so >loaded.txt 2>&1
