(** * Trees of loops, guards and stores

    The grammar of loop programs, the stores of a tree with what surrounds them, and its
    instances in the order in which it runs: executing the tree is executing them one
    after the other, and they are exactly the instances of the domains.
    Counterpart: ir/loop/program.ts, ir/loop/visit.ts; docs/theorem.md section 1. *)

From Coq Require Import List String ZArith Lia Bool Sorting.Sorted.
From Obligato Require Import model order.
Import ListNotations.

(** ** The grammar *)

(** A body is a sequence; a position is the rank among the loops and stores of a body,
    through its guards. A guard sees the variables of the loops around it. *)
Inductive tree :=
| Skip
| Seq (first second : tree)
| Loop (how : mode) (extent : nat) (body : tree)
| Guard (conditions : list (point -> bool)) (body : tree)
| Assign (statement buffer : name) (index : point -> point) (value : expr).

(** How many positions a tree takes in the body that holds it. *)
Fixpoint width (t : tree) : nat :=
  match t with
  | Skip => 0
  | Seq a b => width a + width b
  | Guard _ body => width body
  | Loop _ _ _ | Assign _ _ _ _ => 1
  end.

(** What surrounds a tree. *)
Record context := Context {
  c_modes : list mode;
  c_extents : list nat;
  c_conditions : list (point -> bool);
  c_positions : list nat;
  c_top : nat;
}.

Definition into_loop (c : context) (r : nat) (how : mode) (extent : nat) : context :=
  Context (c_modes c ++ [how]) (c_extents c ++ [extent]) (c_conditions c) (c_positions c ++ [r]) (c_top c).

(** A guard around a store holds for the loops around the guard. *)
Definition into_guard (c : context) (conditions : list (point -> bool)) : context :=
  let depth := List.length (c_extents c) in
  Context (c_modes c) (c_extents c) (c_conditions c ++ map (fun f x => f (firstn depth x)) conditions) (c_positions c) (c_top c).

Definition store_here (c : context) (r : nat) n b i e : store :=
  Store n b i e (c_modes c) (c_extents c) (c_conditions c) (c_positions c ++ [r]) (c_top c).

(** storesOf of visit.ts, from position [r] on. *)
Fixpoint stores_of (c : context) (r : nat) (t : tree) : list store :=
  match t with
  | Skip => []
  | Seq a b => stores_of c r a ++ stores_of c (r + width a) b
  | Loop how n body => stores_of (into_loop c r how n) 0 body
  | Guard fs body => stores_of (into_guard c fs) r body
  | Assign n b i e => [store_here c r n b i e]
  end.

Definition iterations (n : nat) : list Z := map Z.of_nat (seq 0 n).

(** The instances of a tree in the order in which it runs, at point [x] of the loops around it. *)
Fixpoint run_of (c : context) (r : nat) (x : point) (t : tree) : list instance :=
  match t with
  | Skip => []
  | Seq a b => run_of c r x a ++ run_of c (r + width a) x b
  | Loop how n body => flat_map (fun v => run_of (into_loop c r how n) 0 (x ++ [v]) body) (iterations n)
  | Guard fs body => if forallb (fun f => f x) fs then run_of (into_guard c fs) r x body else []
  | Assign n b i e => [(store_here c r n b i e, x)]
  end.

(** ** Execution of trees: the instances of [run_of] one after the other *)

Section TreeExecution.
  Context {V : Type} (I : interpretation V).

  Fixpoint tree_exec (x : point) (t : tree) (m : memory V) : memory V :=
    match t with
    | Skip => m
    | Seq a b => tree_exec x b (tree_exec x a m)
    | Loop _ n body => fold_left (fun m v => tree_exec (x ++ [v]) body m) (iterations n) m
    | Guard fs body => if forallb (fun f => f x) fs then tree_exec x body m else m
    | Assign _ b i e => update m (b, i x) (eval I m x e)
    end.

  Lemma run_executes_tree : forall t c r x m, exec I (run_of c r x t) m = tree_exec x t m.
  Proof.
    induction t as [| a IHa b IHb | how n body IH | fs body IH | s b i e]; intros c r x m; simpl.
    - reflexivity.
    - rewrite exec_app, IHa, IHb. reflexivity.
    - generalize (iterations n). intros vs. revert m. induction vs as [| v vs IHvs]; intros m; [reflexivity |].
      simpl. rewrite exec_app, IH. apply IHvs.
    - destruct (forallb _ fs); [apply IH | reflexivity].
    - reflexivity.
  Qed.
End TreeExecution.

(** ** The run is complete: exactly the instances of the domains *)

Definition inside (c : context) (x : point) : Prop :=
  within (c_extents c) x /\ forall z, forallb (fun f => f (x ++ z)) (c_conditions c) = true.

Lemma in_iterations : forall n v, In v (iterations n) <-> (0 <= v < Z.of_nat n)%Z.
Proof.
  intros n v. unfold iterations. rewrite in_map_iff. split.
  - intros (k & <- & H). apply in_seq in H. lia.
  - intros H. exists (Z.to_nat v). split; [lia | apply in_seq; lia].
Qed.

Lemma Forall2_length : forall (A B : Type) (R : A -> B -> Prop) l1 l2, Forall2 R l1 l2 -> List.length l1 = List.length l2.
Proof. intros A B R l1 l2 H. induction H; simpl; congruence. Qed.

Lemma within_length : forall ns x, within ns x -> List.length x = List.length ns.
Proof. intros ns x H. exact (Forall2_length _ _ _ _ _ H). Qed.

Lemma inside_loop : forall c r how n x v, inside c x -> (0 <= v < Z.of_nat n)%Z -> inside (into_loop c r how n) (x ++ [v]).
Proof.
  intros c r how n x v [H1 H2] Hv. split; simpl.
  - apply Forall2_app; [exact H1 | constructor; [exact Hv | constructor]].
  - intros z. rewrite <- (app_assoc x [v] z). apply H2.
Qed.

Lemma guard_at : forall c (x z : point) (fs : list (point -> bool)), List.length x = List.length (c_extents c) ->
  forallb (fun f => f (x ++ z)) (map (fun f y => f (firstn (List.length (c_extents c)) y)) fs) = forallb (fun f => f x) fs.
Proof.
  intros c x z fs L. rewrite <- L. induction fs as [| f fs IH]; [reflexivity |].
  simpl. rewrite IH, firstn_app, Nat.sub_diag, firstn_all, app_nil_r. reflexivity.
Qed.

Lemma inside_guard : forall c x fs, inside c x -> forallb (fun f => f x) fs = true -> inside (into_guard c fs) x.
Proof.
  intros c x fs [H1 H2] H. split; [exact H1 |]. intros z. simpl.
  rewrite forallb_app, H2, guard_at, H by (apply within_length; exact H1). reflexivity.
Qed.

Lemma store_context : forall t c r s, In s (stores_of c r t) ->
  exists ns fs hs, s_extents s = c_extents c ++ ns /\ s_conditions s = c_conditions c ++ fs /\
    s_modes s = c_modes c ++ hs /\ s_top s = c_top c /\ exists ps, s_positions s = c_positions c ++ ps.
Proof.
  induction t as [| a IHa b IHb | how n body IH | gs body IH | s0 b i e]; intros c r s H; simpl in H.
  - destruct H.
  - apply in_app_or in H. destruct H as [H | H]; [eapply IHa | eapply IHb]; exact H.
  - destruct (IH _ _ _ H) as (ns & fs & hs & E & F & G & T & ps & Q). simpl in E, F, G, T, Q.
    exists (n :: ns), fs, (how :: hs). rewrite <- app_assoc in E, G, Q. eauto 10.
  - destruct (IH _ _ _ H) as (ns & fs & hs & E & F & G & T & Q). simpl in E, F, G, T, Q.
    rewrite <- app_assoc in F. eexists ns, _, hs. split; [exact E | split; [exact F | auto]].
  - destruct H as [<- | []]. exists [], [], []. simpl. rewrite !app_nil_r. eauto 10.
Qed.

Lemma run_sound : forall t c r x s y, inside c x -> In (s, y) (run_of c r x t) ->
  In s (stores_of c r t) /\ in_domain s y /\ exists z, y = x ++ z.
Proof.
  induction t as [| a IHa b IHb | how n body IH | gs body IH | s0 b i e]; intros c r x s y Hx H; simpl in H |- *.
  - destruct H.
  - rewrite in_app_iff in H |- *.
    destruct H as [H | H]; [destruct (IHa _ _ _ _ _ Hx H) | destruct (IHb _ _ _ _ _ Hx H)]; auto.
  - apply in_flat_map in H. destruct H as (v & Hv & H). apply in_iterations in Hv.
    destruct (IH _ _ _ _ _ (inside_loop c r how n x v Hx Hv) H) as (H1 & H2 & z & ->).
    split; [exact H1 | split; [exact H2 |]]. exists (v :: z). rewrite <- app_assoc. reflexivity.
  - destruct (forallb _ gs) eqn:G; [| destruct H].
    exact (IH _ _ _ _ _ (inside_guard c x gs Hx G) H).
  - destruct H as [H | []]. injection H as <- <-. split; [left; reflexivity | split].
    + destruct Hx as [H1 H2]. split; [exact H1 |]. specialize (H2 []). rewrite app_nil_r in H2. exact H2.
    + exists []. rewrite app_nil_r. reflexivity.
Qed.

Lemma run_reaches : forall t c r x s z, inside c x -> In s (stores_of c r t) -> in_domain s (x ++ z) ->
  In (s, x ++ z) (run_of c r x t).
Proof.
  induction t as [| a IHa b IHb | how n body IH | gs body IH | s0 b i e]; intros c r x s z Hx H Hd; simpl in H |- *.
  - destruct H.
  - apply in_app_iff. apply in_app_or in H. destruct H as [H | H]; [left; apply IHa | right; apply IHb]; assumption.
  - destruct (store_context _ _ _ _ H) as (ns & fs & hs & E & _). simpl in E.
    destruct Hd as [Hw Hc]. pose proof Hw as Hw'. unfold within in Hw'. rewrite E, <- app_assoc in Hw'.
    pose proof (within_length _ _ (proj1 Hx)) as L.
    apply Forall2_app_inv_r in Hw'. destruct Hw' as (x1 & x2 & H1 & H2 & Ex).
    apply Forall2_length in H1. inversion H2 as [| v ? z' ? Hv _ Ez]; subst.
    assert (x = x1 /\ z = v :: z') as [-> ->].
    { clear - Ex H1 L. rewrite <- L in H1. clear L. revert x1 Ex H1.
      induction x as [| u x IHx]; intros [| u1 x1] Ex H1; try discriminate; [split; [reflexivity | exact Ex] |].
      injection Ex as -> Ex. injection H1 as H1. destruct (IHx _ Ex H1) as [-> ->]. split; reflexivity. }
    apply in_flat_map. exists v. split; [apply in_iterations; exact Hv |].
    replace (x1 ++ v :: z') with ((x1 ++ [v]) ++ z') by (rewrite <- app_assoc; reflexivity).
    apply IH; [apply inside_loop; assumption | exact H |].
    rewrite <- app_assoc. split; assumption.
  - destruct (store_context _ _ _ _ H) as (ns & fs & hs & _ & F & _). simpl in F.
    assert (G : forallb (fun f => f x) gs = true).
    { destruct Hd as [_ Hc]. rewrite F, !forallb_app in Hc. apply andb_prop in Hc. destruct Hc as [Hc _].
      apply andb_prop in Hc. destruct Hc as [_ Hc].
      rewrite guard_at in Hc by (apply within_length; exact (proj1 Hx)). exact Hc. }
    rewrite G. apply IH; [apply inside_guard; assumption | exact H | exact Hd].
  - destruct H as [<- | []]. left. destruct Hd as [Hw _]. destruct Hx as [Hx _].
    apply within_length in Hw. apply within_length in Hx. simpl in Hw. rewrite app_length in Hw.
    destruct z; [rewrite app_nil_r; reflexivity | simpl in Hw; lia].
Qed.
